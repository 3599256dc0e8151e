package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.devnet.Abi.address;
import static waybill.devnet.Abi.encode;
import static waybill.devnet.Abi.uint;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.RawTransaction;
import org.web3j.protocol.Web3j;

class ConcurrentSendersTest {
    private static final int EACH = 20;

    @Test
    void many_senders_at_once_neither_make_nor_lose_a_dollar() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ExecutorService senders = Executors.newFixedThreadPool(10);
        try (Devnet devnet = Devnet.start()) {
            Web3j web3j = Web3j.build(devnet.web3jService());
            BigInteger before = everything(devnet);
            List<Future<?>> all = new ArrayList<>();
            for (DevAccount from : devnet.accounts()) {
                List<String> signed = transfers(from, random);
                Collections.shuffle(signed, random); // out of order: the pool puts them right
                all.add(senders.submit(() -> {
                    for (String one : signed) send(web3j, one);
                    return null;
                }));
            }
            for (Future<?> one : all) one.get();

            assertThat(everything(devnet)).as("seed %d", seed).isEqualTo(before);
            for (DevAccount account : devnet.accounts()) {
                assertThat(web3j.ethGetTransactionCount(
                                        account.address(), org.web3j.protocol.core.DefaultBlockParameterName.LATEST)
                                .send()
                                .getTransactionCount())
                        .as("seed %d", seed)
                        .isEqualTo(EACH);
            }
        } finally {
            senders.shutdownNow();
        }
    }

    /** Random amounts to random payees, some above what the payer has. */
    private static List<String> transfers(DevAccount from, Random random) {
        List<String> signed = new ArrayList<>();
        for (int nonce = 0; nonce < EACH; nonce++) {
            String to = DevAccount.ALL.get(random.nextInt(10)).address();
            String data = encode("transfer", address(to), uint(random.nextInt(1_200_000_000)));
            signed.add(Stage.sign(
                    from,
                    RawTransaction.createTransaction(
                            BigInteger.valueOf(nonce),
                            Stage.GAS_PRICE,
                            BigInteger.valueOf(100_000),
                            Genesis.USDC,
                            data)));
        }
        return signed;
    }

    private static void send(Web3j web3j, String signed) throws IOException {
        assertThat(web3j.ethSendRawTransaction(signed).send().hasError()).isFalse();
    }

    private static BigInteger everything(Devnet devnet) {
        BigInteger sum = devnet.balanceOf(devnet.usdc(), devnet.pool());
        for (DevAccount account : devnet.accounts()) {
            sum = sum.add(devnet.balanceOf(devnet.usdc(), account.address()));
        }
        return sum;
    }
}
