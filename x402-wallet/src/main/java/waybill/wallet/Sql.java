package waybill.wallet;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Plain statements on one connection, each prepared once. One thread at a time. */
final class Sql implements AutoCloseable {
    private final Connection connection;
    private final Dialect dialect;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    /** What the two databases say differently. */
    enum Dialect {
        SQLITE,
        POSTGRES
    }

    /** Reads one row. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    Sql(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    Dialect dialect() {
        return dialect;
    }

    /**
     * Begins a transaction that may write. To SQLite it is said in SQL, because a connection out of auto-commit would
     * begin the next one by itself and hold the file locked between two payments. PostgreSQL's driver begins with the
     * next statement, and its own commit notices a transaction that the server had given up.
     */
    void begin() throws SQLException {
        if (dialect == Dialect.SQLITE) {
            bound("BEGIN IMMEDIATE").execute();
        } else {
            connection.setAutoCommit(false);
        }
    }

    /** Begins a transaction that sees one state of the whole database until {@link #rollback}. */
    void beginReading() throws SQLException {
        if (dialect == Dialect.SQLITE) {
            execute("BEGIN");
        } else {
            connection.setAutoCommit(false);
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        }
    }

    void commit() throws SQLException {
        if (dialect == Dialect.SQLITE) {
            bound("COMMIT").execute();
        } else {
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    /** Undoes what is not committed; SQLite may have done so itself. */
    void rollback() throws SQLException {
        forget();
        if (dialect == Dialect.POSTGRES) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
            return;
        }
        try {
            execute("ROLLBACK");
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
                throw e;
            }
        }
    }

    /** A point in a transaction that {@link #undo} goes back to; {@link #keep} gives it up. */
    void mark() throws SQLException {
        bound("SAVEPOINT one").execute();
    }

    void keep() throws SQLException {
        bound("RELEASE SAVEPOINT one").execute();
    }

    void undo() throws SQLException {
        forget();
        execute("ROLLBACK TO SAVEPOINT one");
        execute("RELEASE SAVEPOINT one");
    }

    /** Drops every prepared statement: one that has failed cannot be used again. */
    void forget() throws SQLException {
        for (PreparedStatement statement : prepared.values()) {
            statement.close();
        }
        prepared.clear();
    }

    /** Runs a statement that is needed once. */
    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    int update(String sql, @Nullable Object... values) throws SQLException {
        return bound(sql, values).executeUpdate();
    }

    <T> List<T> list(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (ResultSet result = bound(sql, values).executeQuery()) {
            while (result.next()) {
                rows.add(row.read(result));
            }
        }
        return rows;
    }

    <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        try (ResultSet result = bound(sql, values).executeQuery()) {
            return result.next() ? Optional.of(row.read(result)) : Optional.empty();
        }
    }

    long number(String sql, @Nullable Object... values) throws SQLException {
        return first(sql, row -> row.getLong(1), values).orElse(0L);
    }

    /** True while the server or file answers. */
    boolean alive() throws SQLException {
        return connection.isValid(5);
    }

    private PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value == null) {
                statement.setNull(i + 1, Types.NULL);
            } else if (value instanceof Long number) {
                statement.setLong(i + 1, number);
            } else if (value instanceof Integer number) {
                statement.setInt(i + 1, number);
            } else {
                statement.setString(i + 1, value.toString());
            }
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        forget();
        connection.close();
    }
}
