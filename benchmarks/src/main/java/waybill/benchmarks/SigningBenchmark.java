package waybill.benchmarks;

import java.io.IOException;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Sign;
import org.web3j.crypto.StructuredDataEncoder;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SigningKey;
import waybill.x402.TransferAuthorization;
import waybill.x402.WireFormat;

/**
 * One x402 payment, from the authorisation to the header: typed-data hash, signature, check of the signature where the
 * library makes one, JSON, base64. Both end with the same header.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SigningBenchmark {

    /** The first account of every development chain; it is printed in their manuals. */
    private static final String PUBLIC_TEST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    private static final Asset USDC =
            Assets.standard().find(new Network(84532), "USDC").orElseThrow();
    private static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    private final SigningKey key = SigningKey.parse(PUBLIC_TEST_KEY);
    private final ECKeyPair pair = ECKeyPair.create(HexFormat.of().parseHex(PUBLIC_TEST_KEY));
    private final Amount amount = new Amount(USDC, BigInteger.valueOf(10_000));
    private final Offer offer = Offer.exact(amount, PAYEE, 60);
    private final ResourceInfo resource = new ResourceInfo("https://api.example.com/v1/answer", "An answer", null);
    private long payments;

    /** Ours, by hand on BouncyCastle. */
    @Benchmark
    public String waybill() {
        TransferAuthorization authorization = authorization();
        String signature = key.sign(authorization, USDC).toHex();
        return header(authorization, signature);
    }

    /** web3j's encoder and signer, and our header around their signature. */
    @Benchmark
    public String web3j() throws IOException {
        TransferAuthorization authorization = authorization();
        byte[] digest = new StructuredDataEncoder(typedData(authorization)).hashStructuredData();
        Sign.SignatureData signed = Sign.signMessage(digest, pair, false);
        HexFormat hex = HexFormat.of();
        String signature =
                "0x" + hex.formatHex(signed.getR()) + hex.formatHex(signed.getS()) + hex.formatHex(signed.getV());
        return header(authorization, signature);
    }

    private String header(TransferAuthorization authorization, String signature) {
        return WireFormat.encode(
                new PaymentPayload(offer, new SchemePayload.Eip3009(signature, authorization), resource, Map.of()));
    }

    private TransferAuthorization authorization() {
        byte[] nonce = new byte[32];
        long number = payments++;
        for (int i = 0; i < 8; i++) {
            nonce[31 - i] = (byte) (number >>> (8 * i));
        }
        return new TransferAuthorization(
                key.address(),
                PAYEE,
                amount.atomic(),
                BigInteger.ZERO,
                BigInteger.valueOf(1_893_456_000),
                Bytes32.of(nonce));
    }

    private static String typedData(TransferAuthorization authorization) {
        return """
                {"types":{
                "EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},
                {"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
                "TransferWithAuthorization":[{"name":"from","type":"address"},{"name":"to","type":"address"},
                {"name":"value","type":"uint256"},{"name":"validAfter","type":"uint256"},
                {"name":"validBefore","type":"uint256"},{"name":"nonce","type":"bytes32"}]},
                "primaryType":"TransferWithAuthorization",
                "domain":{"name":"%s","version":"%s","chainId":%d,"verifyingContract":"%s"},
                "message":{"from":"%s","to":"%s","value":"%s","validAfter":"%s","validBefore":"%s","nonce":"%s"}}"""
                .formatted(
                        USDC.domainName(),
                        USDC.domainVersion(),
                        USDC.network().chainId(),
                        USDC.address(),
                        authorization.from(),
                        authorization.to(),
                        authorization.value(),
                        authorization.validAfter(),
                        authorization.validBefore(),
                        authorization.nonce());
    }
}
