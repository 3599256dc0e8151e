package waybill.wallet;

import java.io.IOException;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.Permit2Contracts;

/**
 * What a node shows of payments through Permit2. Permit2 keeps used nonces in bitmaps and logs nothing of them, so a payment
 * is recognised by a transaction that calls the proxy itself, with this payment's terms in their places, and moved what it
 * says. A nonce that merely stands somewhere in a transaction proves nothing: whoever collects can write it there.
 */
final class Permit2Chain {
    private static final String ALLOWANCE = ChainNode.selector("allowance(address,address)");
    private static final String NONCE_BITMAP = ChainNode.selector("nonceBitmap(address,uint256)");
    private static final String PERMIT_NONCES = ChainNode.selector("nonces(address)");
    private static final Set<String> SETTLED =
            Set.of(ChainNode.topic("Settled()"), ChainNode.topic("SettledWithPermit()"));
    private static final String INVALIDATED = ChainNode.topic("UnorderedNonceInvalidation(address,uint256,uint256)");
    private static final int MOST_CANDIDATES = 64;
    private static final String PERMIT = "((address,uint256),uint256,uint256)";
    private static final String PERMIT_2612 = "(uint256,uint256,bytes32,bytes32,uint8),";
    private static final int WORD = 64;

    /** How the proxies are called: by two functions each. */
    enum Proxy {
        /** The whole sum. */
        EXACT(PERMIT + ",address,(address,uint256),bytes)"),
        /** A part of it, which is named. */
        UPTO(PERMIT + ",uint256,address,(address,address,uint256),bytes)");

        private final String settle;
        private final String settleWithPermit;

        Proxy(String rest) {
            settle = ChainNode.selector("settle(" + rest);
            settleWithPermit = ChainNode.selector("settleWithPermit(" + PERMIT_2612 + rest);
        }

        /** How many words stand before the payment's own in a call; -1 when it is none of these two. */
        private int wordsBefore(String input) {
            if (input.startsWith(settle)) {
                return 0;
            }
            return input.startsWith(settleWithPermit) ? 5 : -1;
        }
    }

    private final ChainNode node;
    private final Permit2Contracts contracts;

    Permit2Chain(ChainNode node, Permit2Contracts contracts) {
        this.node = node;
        this.contracts = contracts;
    }

    /** What Permit2 may take of the owner's tokens, in atomic units. */
    BigInteger allowance(Asset asset, Address owner) throws IOException {
        return node.number(
                asset.address(), ALLOWANCE + ChainNode.word(owner) + ChainNode.word(contracts.permit2()), "latest");
    }

    /** The owner's next nonce for permits of the token. */
    BigInteger permitNonce(Asset asset, Address owner) throws IOException {
        return node.number(asset.address(), PERMIT_NONCES + ChainNode.word(owner), "latest");
    }

    /** Whether the nonce is used up, by a payment or by its owner, as of {@code block}. */
    boolean nonceUsed(Address owner, Bytes32 nonce, String block) throws IOException {
        BigInteger number = nonce.unsigned();
        String word = ChainNode.word(number.shiftRight(8));
        return node.number(contracts.permit2(), NONCE_BITMAP + ChainNode.word(owner) + word, block)
                .testBit(number.intValue() & 0xff);
    }

    /** The transaction in which {@code proxy} made the payment; empty when the chain shows none. */
    Optional<BuyerScheme.Transferred> transfer(
            ChainNode.PaymentFacts payment, Bytes32 nonce, Proxy proxy, @Nullable String claimed) throws IOException {
        if (claimed != null) {
            Optional<BuyerScheme.Transferred> shown = shown(claimed, payment, nonce, proxy);
            if (shown.isPresent()) {
                return shown;
            }
        }
        Set<String> candidates = new LinkedHashSet<>();
        for (Map<?, ?> line : transfers(payment)) {
            if (line.get("transactionHash") instanceof String hash && candidates.size() < MOST_CANDIDATES) {
                candidates.add(hash);
            }
        }
        for (String candidate : candidates) {
            Optional<BuyerScheme.Transferred> shown = shown(candidate, payment, nonce, proxy);
            if (shown.isPresent()) {
                return shown;
            }
        }
        return Optional.empty();
    }

    /** The transaction in which the owner took the nonce back, in a block not after {@code last}; empty without one. */
    Optional<String> takenBack(ChainNode.PaymentFacts payment, Bytes32 nonce, ChainNode.Block last) throws IOException {
        BigInteger number = nonce.unsigned();
        List<String> topics = List.of(INVALIDATED, ChainNode.topic(payment.payer()));
        for (Map<?, ?> line :
                node.logs(contracts.permit2(), topics, node.firstAt(payment.notBefore(), last), last.number())) {
            boolean ours = line.get("data") instanceof String data
                    && data.length() == 2 + 128
                    && data.startsWith("0x" + ChainNode.word(number.shiftRight(8)))
                    && new BigInteger(data.substring(66), 16).testBit(number.intValue() & 0xff);
            if (ours && line.get("transactionHash") instanceof String hash) {
                return Optional.of(hash);
            }
        }
        return Optional.empty();
    }

    private List<Map<?, ?>> transfers(ChainNode.PaymentFacts payment) throws IOException {
        ChainNode.Block latest = node.latest();
        return node.logs(
                payment.amount().asset().address(),
                ChainNode.transferTopics(payment),
                node.firstAt(payment.notBefore(), latest),
                node.firstAt(payment.validBefore() + 1, latest));
    }

    private Optional<BuyerScheme.Transferred> shown(
            String transaction, ChainNode.PaymentFacts payment, Bytes32 nonce, Proxy proxy) throws IOException {
        Optional<BigInteger> asked = asked(transaction, payment, nonce, proxy);
        Object receipt = asked.isEmpty() ? null : node.ask("eth_getTransactionReceipt", List.of(transaction));
        if (asked.isEmpty()
                || !(receipt instanceof Map<?, ?> fields)
                || !"0x1".equals(fields.get("status"))
                || !(fields.get("logs") instanceof List<?> logs)) {
            return Optional.empty();
        }
        boolean moved = false;
        boolean settled = false;
        for (Object log : logs) {
            moved |= ChainNode.from(log, payment.amount().asset().address())
                    && ChainNode.topics(log).equals(ChainNode.transferTopics(payment))
                    && log instanceof Map<?, ?> line
                    && ChainNode.quantity(line.get("data")).equals(asked.get());
            settled |= ChainNode.from(log, address(proxy))
                    && ChainNode.topics(log).size() == 1
                    && SETTLED.contains(ChainNode.topics(log).get(0));
        }
        return settled && moved ? Optional.of(new BuyerScheme.Transferred(transaction, asked.get())) : Optional.empty();
    }

    /** The sum that a transaction asks the proxy for, if it is a call of the proxy for this very payment. */
    private Optional<BigInteger> asked(String transaction, ChainNode.PaymentFacts payment, Bytes32 nonce, Proxy proxy)
            throws IOException {
        if (!(node.ask("eth_getTransactionByHash", List.of(transaction)) instanceof Map<?, ?> fields)
                || !(fields.get("to") instanceof String to)
                || !(fields.get("input") instanceof String given)
                || !to.equalsIgnoreCase(address(proxy).toString())) {
            return Optional.empty();
        }
        String input = given.toLowerCase(Locale.ROOT);
        int before = proxy.wordsBefore(input);
        if (before < 0) {
            return Optional.empty();
        }
        BigInteger ceiling = payment.amount().atomic();
        String terms = ChainNode.word(payment.amount().asset().address())
                + ChainNode.word(ceiling)
                + ChainNode.word(nonce.unsigned())
                + ChainNode.word(BigInteger.valueOf(payment.validBefore() - 1));
        String parties = ChainNode.word(payment.payer()) + ChainNode.word(payment.payTo());
        int start = 10 + before * WORD;
        int behind = start + terms.length();
        if (!input.startsWith(terms, start)) {
            return Optional.empty();
        }
        if (proxy == Proxy.EXACT) {
            return input.startsWith(parties, behind) ? Optional.of(ceiling) : Optional.empty();
        }
        return input.startsWith(parties, behind + WORD)
                ? Optional.of(ChainNode.quantity("0x" + input.substring(behind, behind + WORD)))
                        .filter(part -> part.compareTo(ceiling) <= 0)
                : Optional.empty();
    }

    private Address address(Proxy proxy) {
        return proxy == Proxy.EXACT ? contracts.exactProxy() : contracts.uptoProxy();
    }
}
