package waybill.routing.learned;

import java.util.Arrays;

/** Counts hashes, whose low bits must be well spread, and keeps them in the order in which they first came. */
final class HashCounts {

    private int[] hashes;
    private byte[] counts;
    private short[] slots;
    private int size;

    HashCounts(int expected) {
        int capacity = 64;
        while (capacity < expected * 2 && capacity < 1 << 14) {
            capacity *= 2;
        }
        slots = new short[capacity];
        hashes = new int[capacity / 2];
        counts = new byte[capacity / 2];
    }

    void add(int hash) {
        int at = slot(hash);
        int index = (slots[at] & 0xffff) - 1;
        if (index >= 0) {
            counts[index] = (byte) Math.min(Byte.MAX_VALUE, counts[index] + 1);
            return;
        }
        if (size == hashes.length) {
            grow();
            at = slot(hash);
        }
        hashes[size] = hash;
        counts[size] = 1;
        slots[at] = (short) ++size;
    }

    boolean has(int hash) {
        return slots[slot(hash)] != 0;
    }

    int size() {
        return size;
    }

    int[] hashes() {
        return Arrays.copyOf(hashes, size);
    }

    byte[] counts() {
        return Arrays.copyOf(counts, size);
    }

    private int slot(int hash) {
        int mask = slots.length - 1;
        int at = hash & mask;
        while (slots[at] != 0 && hashes[(slots[at] & 0xffff) - 1] != hash) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        slots = new short[slots.length * 2];
        hashes = Arrays.copyOf(hashes, slots.length / 2);
        counts = Arrays.copyOf(counts, slots.length / 2);
        for (int i = 0; i < size; i++) {
            slots[slot(hashes[i])] = (short) (i + 1);
        }
    }
}
