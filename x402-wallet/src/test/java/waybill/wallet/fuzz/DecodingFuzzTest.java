package waybill.wallet.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import waybill.seller.Admission;
import waybill.seller.Facilitator;
import waybill.seller.PaymentGate;
import waybill.seller.PriceTag;
import waybill.seller.PricedRequest;
import waybill.seller.SqliteClaimStore;
import waybill.wallet.Origin;
import waybill.wallet.Policy;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.FacilitatorMessages;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.SettlementResponse;
import waybill.x402.Signature;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;
import waybill.x402.WireFormat;

/**
 * Everything that reads what a stranger wrote, given bytes that nobody wrote. Each either refuses with its one exception,
 * or what it read means the same when it is written and read again. With every build the inputs beside this class are
 * tried; {@link FuzzingTest} looks for new ones.
 */
class DecodingFuzzTest {
    private static final Asset USDC =
            Assets.standard().find(new Network(84532), "USDC").orElseThrow();

    /** Half of the inputs are headers as they are, half the JSON inside one, so that both layers are reached. */
    private static String header(byte[] data) {
        if (data.length > 0 && data[0] == '{') {
            return Base64.getEncoder().encodeToString(data);
        }
        return new String(data, StandardCharsets.ISO_8859_1);
    }

    @FuzzTest(maxDuration = "60s")
    void bill(byte[] data) {
        PaymentRequired bill;
        try {
            bill = WireFormat.paymentRequired(header(data));
        } catch (MalformedWireException e) {
            return;
        }
        require(WireFormat.paymentRequired(WireFormat.encode(bill)).equals(bill), "a bill changes when it is written");
    }

    @FuzzTest(maxDuration = "60s")
    void payment(byte[] data) {
        PaymentPayload payment;
        try {
            payment = WireFormat.paymentPayload(header(data));
        } catch (MalformedWireException e) {
            return;
        }
        require(
                WireFormat.paymentPayload(WireFormat.encode(payment)).equals(payment),
                "a payment changes when it is written");
    }

    /** A seller's gate, whose facilitator passes nothing: whatever the headers, a reason and no handler. */
    @FuzzTest(maxDuration = "60s")
    void gate(byte[] data) {
        boolean old = data.length > 0 && (data[data.length - 1] & 1) == 1;
        List<String> headers = List.of(header(data));
        Admission admission = Gate.GATE.admit(new PricedRequest(
                "GET",
                "/a",
                "https://shop.example/a",
                "",
                List.of(PriceTag.of(Amount.ofAtomic("10000", USDC), Gate.SHOP)),
                old ? List.of() : headers,
                old ? headers : List.of()));
        require(admission instanceof Admission.Declined, "a handler would run");
        Admission.Declined declined = (Admission.Declined) admission;
        require(declined.status() == 400 || declined.status() == 402, "status " + declined.status());
        require(
                !declined.message().isBlank()
                        && declined.message().length() <= 320
                        && declined.message().chars().allMatch(c -> c >= 0x20 && c < 0x7f),
                "no plain reason: " + declined.message());
    }

    @FuzzTest(maxDuration = "60s")
    void facilitator(byte[] data) {
        FacilitatorMessages.Request request;
        try {
            request = FacilitatorMessages.request(data);
        } catch (MalformedWireException e) {
            return;
        }
        byte[] written;
        try {
            written = FacilitatorMessages.write(request).getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            require(request.version() == 1, "what is read in version 2 can be written in it");
            return;
        }
        FacilitatorMessages.Request again = FacilitatorMessages.request(written);
        require(again.version() == request.version(), "a request changes its version");
        require(again.payment().payload().equals(request.payment().payload()), "a payment changes when it is written");
    }

    /** Opened once, for all inputs. */
    private static final class Gate {
        private static final Address SHOP = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        private static final PaymentGate GATE = open();

        private static PaymentGate open() {
            try {
                Path folder = Files.createTempDirectory("fuzzed-gate");
                folder.toFile().deleteOnExit();
                Path file = folder.resolve("claims.db");
                file.toFile().deleteOnExit();
                return PaymentGate.of(new Refusing(), SqliteClaimStore.open(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Refusing implements Facilitator {
        @Override
        public VerifyResponse verify(PaymentPayload payment, Offer required) {
            return VerifyResponse.invalid("refused", "nothing passes here", null);
        }

        @Override
        public SettlementResponse settle(PaymentPayload payment, Offer required) {
            throw new AssertionError("nothing that did not pass is settled");
        }

        @Override
        public Supported supported() {
            return new Supported(List.of(), List.of(), Map.of());
        }
    }

    @FuzzTest(maxDuration = "60s")
    void settlement(byte[] data) {
        SettlementResponse response;
        try {
            response = WireFormat.settlementResponse(header(data));
        } catch (MalformedWireException e) {
            return;
        }
        require(
                WireFormat.settlementResponse(WireFormat.encode(response)).equals(response),
                "a settlement response changes when it is written");
    }

    @FuzzTest(maxDuration = "60s")
    void amount(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        try {
            Amount atomic = Amount.ofAtomic(text, USDC);
            require(atomic.atomic().equals(new BigInteger(text)), "atomic units are read as another number");
        } catch (IllegalArgumentException e) {
            // refused
        }
        try {
            Amount whole = Amount.parse(text, USDC);
            String shown = whole.toString();
            require(
                    Amount.parse(shown.substring(0, shown.indexOf(' ')), USDC).equals(whole),
                    "an amount changes when it is shown");
        } catch (IllegalArgumentException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "60s")
    void place(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        Origin origin;
        try {
            origin = Origin.of(URI.create(text));
        } catch (IllegalArgumentException e) {
            return;
        }
        require(Origin.parse(origin.toString()).equals(origin), "an origin changes when it is written");
        require(
                origin.host()
                        .chars()
                        .allMatch(c -> c > 0x20 && c < 0x7f && c != '@' && c != '/' && !(c >= 'A' && c <= 'Z')),
                "a host holds what no host holds");
        boolean named =
                origin.authority().equals("api.example.com") && origin.scheme().equals("https");
        require(
                named == Policy.defaults().allowHost("api.example.com").names(origin)
                        || origin.scheme().equals("http"),
                "another place than the named one is named");
    }

    @FuzzTest(maxDuration = "60s")
    void der(byte[] data) {
        Bytes32 digest = Bytes32.of(new byte[32]);
        Address signer = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        try {
            Signature signature = Signature.fromDer(data, digest, signer);
            require(signer.equals(signature.recover(digest)), "a signature of somebody else was taken");
        } catch (IllegalArgumentException e) {
            // refused
        }
        try {
            Address.ofPublicKey(data);
        } catch (IllegalArgumentException e) {
            // refused
        }
    }

    private static void require(boolean held, String broken) {
        if (!held) {
            throw new AssertionError(broken);
        }
    }
}
