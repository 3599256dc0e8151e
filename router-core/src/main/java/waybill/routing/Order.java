package waybill.routing;

/** Sorts positions by two columns of numbers, without boxes. */
final class Order {

    private final double[] up;
    private final double[] down;

    private Order(double[] up, double[] down) {
        this.up = up;
        this.down = down;
    }

    /** The positions by {@code up} ascending, then by {@code down} descending; equals keep their order. */
    static int[] of(double[] up, double[] down) {
        int[] order = new int[up.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        new Order(up, down).sort(order, new int[order.length], 0, order.length);
        return order;
    }

    /** Merge sort, by insertion where there are few. */
    private void sort(int[] order, int[] room, int from, int to) {
        if (to - from <= 24) {
            insert(order, from, to);
            return;
        }
        int middle = (from + to) >>> 1;
        sort(order, room, from, middle);
        sort(order, room, middle, to);
        System.arraycopy(order, from, room, from, middle - from);
        int left = from;
        int right = middle;
        for (int at = from; left < middle; at++) {
            order[at] = right < to && before(order[right], room[left]) ? order[right++] : room[left++];
        }
    }

    private void insert(int[] order, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            int moved = order[i];
            int at = i;
            while (at > from && before(moved, order[at - 1])) {
                order[at] = order[--at];
            }
            order[at] = moved;
        }
    }

    private boolean before(int one, int other) {
        int byFirst = Double.compare(up[one], up[other]);
        return byFirst < 0 || (byFirst == 0 && Double.compare(down[one], down[other]) > 0);
    }
}
