package waybill.wallet;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.ApprovalTransaction;
import waybill.x402.Asset;
import waybill.x402.CancelAuthorization;
import waybill.x402.Network;
import waybill.x402.Permit;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Exact;
import waybill.x402.Permit2Upto;
import waybill.x402.TransferAuthorization;

/** A signable as the JSON of {@code eth_signTypedData_v4}, for a signer that wants to see and hash it itself. */
final class TypedData {
    private static final List<Map<String, String>> DOMAIN =
            fields("string name", "string version", "uint256 chainId", "address verifyingContract");

    private static final List<Map<String, String>> PERMIT2_DOMAIN =
            fields("string name", "uint256 chainId", "address verifyingContract");

    private TypedData() {}

    /** The stable name of this kind of thing. */
    static String kind(Signable signable) {
        if (signable instanceof Signable.Transfer) {
            return "eip3009-transfer";
        }
        if (signable instanceof Signable.Cancel) {
            return "eip3009-cancel";
        }
        if (signable instanceof Signable.ExactPermit2) {
            return "permit2-exact";
        }
        if (signable instanceof Signable.Ceiling) {
            return "permit2-upto";
        }
        if (signable instanceof Signable.PermitPermit2) {
            return "eip2612-permit";
        }
        if (signable instanceof Signable.Approve) {
            return "erc20-approve";
        }
        if (signable instanceof Signable.Identity) {
            return "sign-in";
        }
        throw new SigningException("no typed data for " + signable.getClass().getSimpleName(), null);
    }

    /** What a signer is shown of the thing beside its digest, by the name of its form. */
    static Map<String, @Nullable Object> of(Signable signable) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        if (signable instanceof Signable.Transfer transfer) {
            shown.put("typedData", of(transfer.authorization(), transfer.asset()));
        } else if (signable instanceof Signable.Cancel cancel) {
            shown.put("typedData", of(cancel.cancel(), cancel.asset()));
        } else if (signable instanceof Signable.ExactPermit2 exact) {
            shown.put("typedData", of(exact));
        } else if (signable instanceof Signable.Ceiling ceiling) {
            shown.put("typedData", of(ceiling));
        } else if (signable instanceof Signable.PermitPermit2 permit) {
            shown.put("typedData", of(permit.permit(), permit.asset()));
        } else if (signable instanceof Signable.Approve approve) {
            shown.put("transaction", of(approve.transaction()));
        } else if (signable instanceof Signable.Identity identity) {
            shown.put("message", identity.message().text());
        }
        return shown;
    }

    private static Map<String, @Nullable Object> of(Signable.ExactPermit2 exact) {
        Permit2Exact a = exact.authorization();
        Map<String, @Nullable Object> witness = new LinkedHashMap<>();
        witness.put("to", a.to().toString());
        witness.put("validAfter", a.validAfter().toString());
        return permit2(
                exact.network(),
                exact.contracts(),
                fields("address to", "uint256 validAfter"),
                a.token(),
                a.amount(),
                a.spender(),
                a.nonce(),
                a.deadline(),
                witness);
    }

    private static Map<String, @Nullable Object> of(Signable.Ceiling ceiling) {
        Permit2Upto a = ceiling.authorization();
        Map<String, @Nullable Object> witness = new LinkedHashMap<>();
        witness.put("to", a.to().toString());
        witness.put("facilitator", a.facilitator().toString());
        witness.put("validAfter", a.validAfter().toString());
        return permit2(
                ceiling.network(),
                ceiling.contracts(),
                fields("address to", "address facilitator", "uint256 validAfter"),
                a.token(),
                a.amount(),
                a.spender(),
                a.nonce(),
                a.deadline(),
                witness);
    }

    private static Map<String, @Nullable Object> permit2(
            Network network,
            Permit2Contracts contracts,
            List<Map<String, String>> witnessFields,
            Address token,
            BigInteger amount,
            Address spender,
            BigInteger nonce,
            BigInteger deadline,
            Map<String, @Nullable Object> witness) {
        Map<String, @Nullable Object> permitted = new LinkedHashMap<>();
        permitted.put("token", token.toString());
        permitted.put("amount", amount.toString());
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("permitted", permitted);
        message.put("spender", spender.toString());
        message.put("nonce", nonce.toString());
        message.put("deadline", deadline.toString());
        message.put("witness", witness);
        Map<String, @Nullable Object> types = new LinkedHashMap<>();
        types.put("EIP712Domain", PERMIT2_DOMAIN);
        types.put(
                "PermitWitnessTransferFrom",
                fields(
                        "TokenPermissions permitted",
                        "address spender",
                        "uint256 nonce",
                        "uint256 deadline",
                        "Witness witness"));
        types.put("TokenPermissions", fields("address token", "uint256 amount"));
        types.put("Witness", witnessFields);
        Map<String, @Nullable Object> domain = new LinkedHashMap<>();
        domain.put("name", "Permit2");
        domain.put("chainId", BigInteger.valueOf(network.chainId()));
        domain.put("verifyingContract", contracts.permit2().toString());
        return typed("PermitWitnessTransferFrom", types, domain, message);
    }

    private static Map<String, @Nullable Object> of(Permit permit, Asset asset) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("owner", permit.owner().toString());
        message.put("spender", permit.spender().toString());
        message.put("value", permit.value().toString());
        message.put("nonce", permit.nonce().toString());
        message.put("deadline", permit.deadline().toString());
        return typed(
                "Permit",
                fields("address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"),
                asset,
                message);
    }

    private static Map<String, @Nullable Object> of(ApprovalTransaction approval) {
        Map<String, @Nullable Object> transaction = new LinkedHashMap<>();
        transaction.put("type", "eip1559");
        transaction.put("chainId", BigInteger.valueOf(approval.network().chainId()));
        transaction.put("nonce", approval.nonce());
        transaction.put("to", approval.token().toString());
        transaction.put("function", "approve(address,uint256)");
        transaction.put("spender", approval.spender().toString());
        transaction.put("amount", approval.amount().toString());
        transaction.put("gas", approval.gasLimit());
        transaction.put("maxFeePerGas", approval.maxFeePerGas().toString());
        transaction.put("maxPriorityFeePerGas", approval.maxPriorityFeePerGas().toString());
        return transaction;
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
        return typed(type, types, domain, message);
    }

    private static Map<String, @Nullable Object> typed(
            String type,
            Map<String, @Nullable Object> types,
            Map<String, @Nullable Object> domain,
            Map<String, @Nullable Object> message) {
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
