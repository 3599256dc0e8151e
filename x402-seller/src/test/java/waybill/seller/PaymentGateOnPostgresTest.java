package waybill.seller;

/** The whole gate over PostgreSQL. */
class PaymentGateOnPostgresTest extends PaymentGateTest {
    private final String url = EmbeddedServer.newSeller();

    @Override
    ClaimStore openStore() {
        return PostgresClaimStore.open(url, EmbeddedServer.login());
    }
}
