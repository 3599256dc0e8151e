package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.Devnet;
import waybill.wallet.ScriptedSeller.Response;

/** Processes of the operating system, a person in one and the agent's wallet in another, and a chain between them. */
class TwoProcessesTest {
    @TempDir
    Path home;

    @Test
    void a_person_says_yes_from_another_process_and_a_kill_after_sending_pays_once() throws Exception {
        KeystoreSigner.create(home.resolve("keystore.json"), "x".toCharArray(), 1 << 10, new SecureRandom());
        Files.createDirectory(home.resolve("questions"));
        File first = home.resolve("first.txt").toFile();
        File second = home.resolve("second.txt").toFile();
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch killed = new CountDownLatch(1);
        try (Devnet chain = Devnet.start();
                ScriptedSeller seller = ScriptedSeller.start(request -> {
                    if (!request.paid()) {
                        return bill(request, "0.20");
                    }
                    arrived.countDown();
                    try {
                        killed.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Response.cut();
                })) {
            Process buyer = BuyingChild.start(home, seller.uri("/"), chain.rpcUrl(), first);
            try {
                ApprovalQueue.Open question = question(buyer, first);
                assertThat(question.field("amount")).isEqualTo("0.2 USDC");
                assertThat(seller.paidRequests()).isEmpty();
                ApprovalQueue.approve(home.resolve("questions"), question, BuyingChild.seal(home));
                assertThat(arrived.await(60, TimeUnit.SECONDS))
                        .as(Files.readString(first.toPath()))
                        .isTrue();
            } finally {
                buyer.destroyForcibly();
                assertThat(buyer.waitFor(60, TimeUnit.SECONDS)).isTrue();
                killed.countDown();
            }
            String hash = ChainActs.collect(chain, seller.paidRequests().get(0).exact());
            seller.script(request -> request.paid() ? settled(request, "kept answer") : bill(request, "0.20"));

            Process again = BuyingChild.start(home, seller.uri("/"), chain.rpcUrl(), second);
            try {
                assertThat(again.waitFor(120, TimeUnit.SECONDS)).isTrue();
            } finally {
                again.destroyForcibly();
            }
            assertThat(Files.readAllLines(second.toPath())).contains("RECONCILED SETTLED", "ANSWER kept answer");
            assertThat(seller.signatures()).isEqualTo(1);
            try (SqliteLedger ledger = SqliteLedger.open(home.resolve("ledger.db"))) {
                assertThat(ledger.totals()).isEqualTo(new Totals(List.of(usdc("0.20")), List.of()));
                PaymentRecord line = ledger.payments(10).get(0);
                assertThat(line.confirmed()).isTrue();
                assertThat(line.transaction()).isEqualTo(hash);
                assertThat(ledger.verify().findings()).isEmpty();
            }
        }
    }

    /** What the other process asks a person. */
    private ApprovalQueue.Open question(Process asking, File output) throws Exception {
        Path questions = home.resolve("questions");
        try (WatchService watch = questions.getFileSystem().newWatchService()) {
            questions.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            List<ApprovalQueue.Open> open = ApprovalQueue.open(questions);
            while (open.isEmpty()) {
                assertThat(asking.isAlive())
                        .as(Files.readString(output.toPath()))
                        .isTrue();
                var key = watch.poll(500, TimeUnit.MILLISECONDS);
                if (key != null) {
                    key.pollEvents();
                    key.reset();
                }
                open = ApprovalQueue.open(questions);
            }
            return open.get(0);
        }
    }
}
