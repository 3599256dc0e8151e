package waybill.demo;

/**
 * One computed number with its name, ready to be quoted.
 *
 * @param value the number as printed, with its unit
 */
record Fact(String label, String value) {
    @Override
    public String toString() {
        return label + ": " + value;
    }
}
