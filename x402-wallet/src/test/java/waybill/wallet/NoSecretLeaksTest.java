package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;
import waybill.x402.SchemePayload;

class NoSecretLeaksTest {
    @TempDir
    Path folder;

    /** Collects every text that the wallet gives out, through each way that a call can end. */
    @Test
    void no_key_signature_or_payment_header_is_in_anything_that_prints() throws Exception {
        List<String> printed = new ArrayList<>();
        List<ScriptedSeller.Script> ends = List.of(
                request -> settled(request, "x"),
                request -> Response.cut(),
                request -> settled(request, "x").promising(1_000),
                request -> bill(request, "0.01"),
                request -> Response.of(500),
                // a seller that gives our own payment back to us, hoping that we print it
                request -> bill(
                        request.header(Headers.PAYMENT_SIGNATURE),
                        "http://127.0.0.1/",
                        List.of(ScriptedSeller.offer("0.01"))),
                request -> Response.ok("x")
                        .header(Headers.PAYMENT_RESPONSE, String.valueOf(request.header(Headers.PAYMENT_SIGNATURE))));
        for (int i = 0; i < ends.size(); i++) {
            ScriptedSeller.Script end = ends.get(i);
            Path place = folder.resolve("e" + i);
            try (ScriptedSeller seller = ScriptedSeller.start(
                            request -> request.paid() ? end.answer(request) : bill(request, "0.01"));
                    Fixture fixture = Fixture.open(
                            place, Fixture.policy(seller), b -> b.listener(p -> printed.add(p.toString())))) {
                try {
                    HttpResponse<String> response = fixture.client.send(
                            HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString());
                    printed.add(response + " " + response.request().headers().map()
                            + response.headers().map());
                } catch (PaymentException e) {
                    StringWriter trace = new StringWriter();
                    e.printStackTrace(new PrintWriter(trace));
                    printed.add(trace.toString());
                }
                PaymentRecord line = fixture.only();
                printed.add(line.toString());
                printed.add(String.valueOf(fixture.ledger.unanswered("x", fixture.clock.instant())));
                printed.add(new Payment(line, "header-of-it").toString());
                printed.add(new Unanswered(line, "header-of-it", false).toString());
                printed.add(new Step.Signed("header-of-it").toString());
                printed.add(fixture.wallet + " " + fixture.client + " " + fixture.ledger + " " + Fixture.SIGNER);
                String all = String.join("\n", printed);
                for (ScriptedSeller.Request paid : seller.paidRequests()) {
                    SchemePayload.Eip3009 exact = paid.exact();
                    if (i
                            < ends.size()
                                    - 1) { // the last seller puts it into its own header, which is the caller's to see
                        assertThat(all).doesNotContain(String.valueOf(paid.header(Headers.PAYMENT_SIGNATURE)));
                        assertThat(all)
                                .doesNotContain(exact.signature())
                                .doesNotContain(exact.signature().substring(2, 60));
                    }
                }
                assertThat(all)
                        .doesNotContain(Fixture.KEY.substring(2))
                        .doesNotContain("header-of-it")
                        .doesNotContain(Files.readString(place.resolve("ledger.db.secret"))
                                .strip());
            }
        }
        assertThat(printed).hasSizeGreaterThan(20);
    }
}
