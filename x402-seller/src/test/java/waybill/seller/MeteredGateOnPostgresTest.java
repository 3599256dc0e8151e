package waybill.seller;

/** What is sold by use, over PostgreSQL. */
class MeteredGateOnPostgresTest extends MeteredGateTest {
    private final String url = EmbeddedServer.newSeller();

    @Override
    ClaimStore openStore() {
        return PostgresClaimStore.open(url, EmbeddedServer.login());
    }

    /** The instance that has it open says nothing any more. */
    @Override
    ClaimStore afterCrash(ClaimStore open) {
        EmbeddedServer.endLeases(url);
        return openStore();
    }
}
