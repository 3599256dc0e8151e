package waybill.facilitator;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;

/**
 * Deploys payers' wallets, by one transaction per wallet at a time: whoever needs the same wallet waits for the same one,
 * also when an earlier wait was in vain. It owns the deployments under way. Thread-safe.
 */
final class Deployments {
    private final Chain chain;
    private final GasAccounts gas;
    private final Receipts receipts;

    /** The hash of what was sent and is in no block yet, by wallet; empty when there was nothing to send. */
    private final Map<Address, CompletableFuture<Optional<String>>> underWay = new ConcurrentHashMap<>();

    Deployments(Chain chain, GasAccounts gas, Receipts receipts) {
        this.chain = chain;
        this.gas = gas;
        this.receipts = receipts;
    }

    /**
     * Has {@code call} deploy {@code wallet}, unless that is under way, and waits for it. Whether the wallet is there then
     * is for its code to say and not for the receipt: ours also fails when another's deployment came first.
     *
     * @return whether the wallet is there
     * @throws FacilitatorException when the deployment cannot be sent, or is in no block in time
     */
    boolean deploy(Address wallet, Call call) {
        CompletableFuture<Optional<String>> mine = new CompletableFuture<>();
        CompletableFuture<Optional<String>> other = underWay.putIfAbsent(wallet, mine);
        if (other == null) {
            send(wallet, call, mine);
        }
        await(wallet, other == null ? mine : other);
        return isThere(wallet);
    }

    private void send(Address wallet, Call call, CompletableFuture<Optional<String>> mine) {
        try {
            // Looked at again: another's may have ended since the caller looked.
            mine.complete(
                    isThere(wallet)
                            ? Optional.empty()
                            : Optional.of(gas.send(call, sending -> {}).hash()));
        } catch (RuntimeException | Error e) {
            underWay.remove(wallet, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    private void await(Address wallet, CompletableFuture<Optional<String>> deployment) {
        Optional<String> hash;
        try {
            hash = deployment.join();
        } catch (CompletionException e) {
            throw new FacilitatorException("the deployment of " + wallet + " could not be sent", e);
        }
        if (hash.isPresent()) {
            await(wallet, hash.get(), deployment);
        }
        underWay.remove(wallet, deployment);
    }

    /** A deployment that the node still knows stays under way when it is waited for in vain. */
    private void await(Address wallet, String hash, CompletableFuture<Optional<String>> deployment) {
        try {
            receipts.await(hash);
        } catch (FacilitatorException e) {
            if (!chain.knows(hash)) {
                gas.resynchronise();
                underWay.remove(wallet, deployment);
            }
            throw e;
        }
    }

    private boolean isThere(Address wallet) {
        return chain.code(wallet).length > 0;
    }
}
