package waybill.wallet;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Asset;
import waybill.x402.CancelAuthorization;
import waybill.x402.TransferAuthorization;

/** A signable as the JSON of {@code eth_signTypedData_v4}, for a signer that wants to see and hash it itself. */
final class TypedData {
    private static final List<Map<String, String>> DOMAIN =
            fields("string name", "string version", "uint256 chainId", "address verifyingContract");

    private TypedData() {}

    /** The stable name of this kind of thing. */
    static String kind(Signable signable) {
        if (signable instanceof Signable.Transfer) {
            return "eip3009-transfer";
        }
        if (signable instanceof Signable.Cancel) {
            return "eip3009-cancel";
        }
        throw new SigningException("no typed data for " + signable.getClass().getSimpleName(), null);
    }

    static Map<String, @Nullable Object> of(Signable signable) {
        if (signable instanceof Signable.Transfer transfer) {
            return of(transfer.authorization(), transfer.asset());
        }
        if (signable instanceof Signable.Cancel cancel) {
            return of(cancel.cancel(), cancel.asset());
        }
        throw new SigningException("no typed data for " + signable.getClass().getSimpleName(), null);
    }

    private static Map<String, @Nullable Object> of(TransferAuthorization transfer, Asset asset) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("from", transfer.from().toString());
        message.put("to", transfer.to().toString());
        message.put("value", transfer.value().toString());
        message.put("validAfter", transfer.validAfter().toString());
        message.put("validBefore", transfer.validBefore().toString());
        message.put("nonce", transfer.nonce().toString());
        return typed(
                "TransferWithAuthorization",
                fields(
                        "address from",
                        "address to",
                        "uint256 value",
                        "uint256 validAfter",
                        "uint256 validBefore",
                        "bytes32 nonce"),
                asset,
                message);
    }

    private static Map<String, @Nullable Object> of(CancelAuthorization cancel, Asset asset) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("authorizer", cancel.authorizer().toString());
        message.put("nonce", cancel.nonce().toString());
        return typed("CancelAuthorization", fields("address authorizer", "bytes32 nonce"), asset, message);
    }

    private static Map<String, @Nullable Object> typed(
            String type, List<Map<String, String>> fields, Asset asset, Map<String, @Nullable Object> message) {
        Map<String, @Nullable Object> domain = new LinkedHashMap<>();
        domain.put("name", asset.domainName());
        domain.put("version", asset.domainVersion());
        domain.put("chainId", BigInteger.valueOf(asset.network().chainId()));
        domain.put("verifyingContract", asset.address().toString());
        Map<String, @Nullable Object> types = new LinkedHashMap<>();
        types.put("EIP712Domain", DOMAIN);
        types.put(type, fields);
        Map<String, @Nullable Object> typed = new LinkedHashMap<>();
        typed.put("types", types);
        typed.put("primaryType", type);
        typed.put("domain", domain);
        typed.put("message", message);
        return typed;
    }

    /** Fields from {@code "type name"}. */
    private static List<Map<String, String>> fields(String... declarations) {
        return Arrays.stream(declarations)
                .map(declaration -> {
                    int space = declaration.indexOf(' ');
                    Map<String, String> field = new LinkedHashMap<>();
                    field.put("name", declaration.substring(space + 1));
                    field.put("type", declaration.substring(0, space));
                    return field;
                })
                .toList();
    }
}
