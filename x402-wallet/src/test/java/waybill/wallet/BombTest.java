package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Headers;

/** W16 in a JVM of its own: what would grow the heap by more than 64 MB ends it. */
class BombTest {
    /** What a wallet and three HTTP clients need to run, and 64 MB. */
    private static final String HEAP = "-Xmx96m";

    private static final List<String> BOMBS = List.of(
            "endless-answer",
            "endless-stream",
            "endless-bill-body",
            "endless-paid-answer",
            "gzip-answer",
            "long-bill",
            "deep-bill",
            "wide-bill",
            "long-number",
            "long-settlement");

    @TempDir
    Path folder;

    @Test
    void w16_no_bomb_grows_the_heap_beyond_its_bounds() throws Exception {
        byte[] gzip = gzip(256);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> answer(request, gzip))) {
            Process victim = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            HEAP,
                            "-cp",
                            System.getProperty("java.class.path"),
                            BombVictim.class.getName(),
                            seller.uri("/").toString(),
                            folder.toString(),
                            String.join(",", BOMBS))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(victim.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(victim.waitFor(60, TimeUnit.SECONDS)).as(said).isTrue();
            assertThat(victim.exitValue()).as(said).isZero();
            assertThat(said).doesNotContain("OUT OF MEMORY").doesNotContain("OutOfMemory");
            for (String bomb : BOMBS) {
                for (int transport = 0; transport < 3; transport++) {
                    String line = bomb + " " + transport + " ";
                    assertThat(said).contains(line);
                    boolean compressedAndPassedOnAsItIs = bomb.equals("gzip-answer") && transport != 1;
                    boolean answersAnyway = bomb.equals("endless-bill-body") || bomb.equals("long-settlement");
                    if (!compressedAndPassedOnAsItIs && !answersAnyway) {
                        assertThat(said).contains(line + "refused");
                    }
                }
            }
        }
    }

    private static Response answer(ScriptedSeller.Request request, byte[] gzip) {
        String bomb = request.path().split("/")[1];
        byte[] block = new byte[64 * 1024];
        return switch (bomb) {
            case "endless-answer" -> Response.ok("").body(block).endless();
            case "endless-stream" ->
                Response.ok("")
                        .header("Content-Type", "text/event-stream")
                        .body(block)
                        .endless();
            case "endless-bill-body" ->
                request.paid()
                        ? settled(request, "x")
                        : bill(request, "0.01").body(block).endless();
            case "endless-paid-answer" ->
                request.paid() ? settled(request, "").body(block).endless() : bill(request, "0.01");
            case "gzip-answer" ->
                Response.ok("").header("Content-Encoding", "gzip").body(gzip);
            case "long-bill" -> Response.of(402).header(Headers.PAYMENT_REQUIRED, "A".repeat(300 * 1024));
            case "deep-bill" -> encoded("[".repeat(12_000));
            case "wide-bill" -> encoded("[" + "1,".repeat(6_000) + "1]");
            case "long-number" -> encoded("{\"x402Version\":" + "9".repeat(12_000) + "}");
            default ->
                request.paid()
                        ? Response.ok("x").header(Headers.PAYMENT_RESPONSE, "A".repeat(200 * 1024))
                        : bill(request, "0.01");
        };
    }

    private static Response encoded(String json) {
        return Response.of(402)
                .header(
                        Headers.PAYMENT_REQUIRED,
                        Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] gzip(int mebibytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            for (int i = 0; i < mebibytes; i++) {
                zip.write(new byte[1024 * 1024]);
            }
        }
        return out.toByteArray();
    }
}
