package waybill.configuration;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import waybill.routing.Receipt;
import waybill.routing.RoutingListener;

/** The receipts of the last calls, newest first, at most {@value #KEPT}. They hold no prompt and no answer. Thread-safe. */
public final class RecentDecisions implements RoutingListener {

    static final int KEPT = 50;

    private final Deque<Receipt> receipts = new ArrayDeque<>();

    @Override
    public void onReceipt(Receipt receipt) {
        synchronized (receipts) {
            receipts.addFirst(receipt);
            if (receipts.size() > KEPT) {
                receipts.removeLast();
            }
        }
    }

    /** The receipts, newest first. */
    public List<Receipt> receipts() {
        synchronized (receipts) {
            return new ArrayList<>(receipts);
        }
    }

    /** This one and then the others; it is a listener itself, and hears of each call once. */
    public RoutingListener and(List<RoutingListener> others) {
        RoutingListener all = this;
        for (RoutingListener other : others) {
            if (other != this) {
                all = RoutingListener.both(all, other);
            }
        }
        return all;
    }
}
