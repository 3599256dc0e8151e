package waybill.devnet;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract tests on the devnet alone. */
class DevnetContractsTest extends PaymentContractSuite {
    private Devnet devnet;

    @BeforeEach
    void start() {
        devnet = fresh();
        begin(new Stage(List.of(new Node("devnet", devnet.rpcUrl()))));
    }

    @AfterEach
    void stop() {
        devnet.close();
    }

    static Devnet fresh() {
        Clock still = Clock.fixed(Instant.ofEpochSecond(Stage.START - 10), ZoneOffset.UTC);
        return Devnet.builder().clock(still).start();
    }
}
