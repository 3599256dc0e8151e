package waybill.routing;

/** A catalogue that cannot be read. The message names the file, the line and what is wrong with it. */
public final class CatalogueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    CatalogueException(String file, int line, String problem) {
        super(file + (line == 0 ? ": " : ", line " + line + ": ") + problem);
        this.line = line;
    }

    /** The line, counted from 1; 0 when the file as a whole cannot be read. */
    public int line() {
        return line;
    }
}
