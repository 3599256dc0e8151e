package waybill.facilitator;

import java.math.BigInteger;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;

/**
 * The accounts that pay for gas, one per key. A call goes to the account that must send it, else to one that is not busy,
 * in turn. Thread-safe.
 */
final class GasAccounts {
    private final List<GasAccount> accounts;
    private final AtomicInteger turn = new AtomicInteger();

    GasAccounts(Chain chain, List<GasKey> keys, FacilitatorSettings settings, Clock clock) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("a facilitator needs at least one gas key");
        }
        if (keys.stream().map(GasKey::address).distinct().count() != keys.size()) {
            throw new IllegalArgumentException("two gas keys are of the same account; name each once");
        }
        this.accounts = keys.stream()
                .map(key -> new GasAccount(chain, key, settings, clock))
                .toList();
    }

    /** All of them, in the order of the keys. */
    List<Address> addresses() {
        return accounts.stream().map(GasAccount::address).toList();
    }

    /** The one that stands for all, such as in simulations. */
    Address first() {
        return accounts.get(0).address();
    }

    /** Sends {@code call}; see {@link GasAccount#send}. */
    Broadcast send(Call call, Consumer<Broadcast> beforeSending) {
        Address from = call.from();
        return (from == null ? free() : account(from)).send(call, beforeSending);
    }

    /** Offers more for a transaction that waits; see {@link GasAccount#replace}. */
    Optional<Broadcast> replace(Broadcast stuck, Call call, Consumer<Broadcast> beforeSending) {
        return accounts.stream()
                .filter(account -> account.address().equals(stuck.sender()))
                .findFirst()
                .flatMap(account -> account.replace(stuck, call, beforeSending));
    }

    /** Sends plain coins to {@code to}, for gas that it has to pay itself. */
    Broadcast fund(Address to, BigInteger wei) {
        return free().fund(to, wei);
    }

    /** Asks the chain for the next nonces before the next send: something that was sent has been lost. */
    void resynchronise() {
        accounts.forEach(GasAccount::resynchronise);
    }

    /** What {@code gas} costs now at most, in wei. */
    BigInteger cost(BigInteger gas) {
        return accounts.get(0).cost(gas);
    }

    private GasAccount account(Address address) {
        return accounts.stream()
                .filter(account -> account.address().equals(address))
                .findFirst()
                .orElseThrow(() -> new FacilitatorException(address + " is no gas account of this facilitator"));
    }

    private GasAccount free() {
        int start = Math.floorMod(turn.getAndIncrement(), accounts.size());
        for (int i = 0; i < accounts.size(); i++) {
            GasAccount account = accounts.get((start + i) % accounts.size());
            if (account.idle()) {
                return account;
            }
        }
        return accounts.get(start);
    }
}
