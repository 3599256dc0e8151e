package waybill.seller.contract;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.facilitator.Chain;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.seller.PayerFunds;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.Policy;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;

/** A chain inside the JVM with a facilitator on it, a seller's account, and a buyer with a wallet. */
final class Market implements AutoCloseable {
    private static final int GAS = 0;
    private static final int SELLER = 1;
    private static final int BUYER = 2;
    private static final int SIGNER = 3;

    private final Devnet chain = Devnet.start();
    private final LocalFacilitator local;
    private final SqliteLedger ledger;
    private final Watched watched = new Watched();

    Market(Path folder) {
        Chain node = Chain.inProcess(chain.web3jService(), new Network(Devnet.CHAIN_ID));
        this.local = new LocalFacilitator(
                node,
                GasKey.ofDevelopment(account(GAS).privateKey(), node),
                SettlementStore.inMemory(),
                Assets.standard(),
                FacilitatorSettings.defaults().waiting(Duration.ofSeconds(30), Duration.ofMillis(20)),
                Clock.systemUTC());
        this.ledger = SqliteLedger.open(folder.resolve("ledger.db"));
    }

    private DevAccount account(int index) {
        return chain.accounts().get(index);
    }

    /** Verifies and settles on the chain, unless it is told to lose its answers. */
    Watched facilitator() {
        return watched;
    }

    Address seller() {
        return Address.parse(account(SELLER).address());
    }

    /** What the seller has, in atomic units of USDC. */
    BigInteger earned() {
        return chain.balanceOf(chain.usdc(), account(SELLER).address());
    }

    /** A client whose wallet pays the seller at {@code authority}. */
    HttpClient paying(HttpClient http, String authority) {
        Wallet wallet = Wallet.builder(
                        DevelopmentSigner.fromEnvironment(account(BUYER).privateKey(), chain.rpcUrl()), ledger)
                .policy(Policy.defaults()
                        .allowHost(authority)
                        .perPayment(new BigDecimal("1"))
                        .firstPayment(new BigDecimal("1"))
                        .perDay(new BigDecimal("50"))
                        .approvalAbove(new BigDecimal("1"), Duration.ofSeconds(1)))
                .build();
        return PayingHttpClient.over(http, wallet);
    }

    /** A buyer that signs by hand. */
    Purse purse() {
        return new Purse(chain, account(SIGNER));
    }

    @Override
    public void close() throws IOException {
        local.close();
        ledger.close();
        chain.close();
    }

    /** The facilitator, whose answers can be lost on the way. */
    final class Watched implements Facilitator, PayerFunds {
        private volatile boolean mute;

        void mute(boolean now) {
            mute = now;
        }

        @Override
        public VerifyResponse verify(PaymentPayload payment, Offer required) {
            return local.verify(payment, required);
        }

        @Override
        public SettlementResponse settle(PaymentPayload payment, Offer required) {
            SettlementResponse response = local.settle(payment, required);
            if (mute) {
                throw new FacilitatorException("the answer was lost");
            }
            return response;
        }

        @Override
        public boolean remembers() {
            return local.remembers();
        }

        @Override
        public Supported supported() {
            return local.supported();
        }

        @Override
        public BigInteger spendable(Network network, Address token, Address owner) {
            return local.spendable(network, token, owner);
        }
    }

    /** The properties of an application that sells here. */
    Map<String, String> properties(Path dataDir) {
        return Map.of(
                "waybill.seller.pay-to",
                seller().toString(),
                "waybill.seller.networks",
                new Network(Devnet.CHAIN_ID).toString(),
                "waybill.seller.data-dir",
                dataDir.toString(),
                "waybill.seller.max-body",
                "65536",
                "waybill.seller.max-answer",
                "65536",
                "waybill.seller.most-open",
                "1 USDC");
    }
}
