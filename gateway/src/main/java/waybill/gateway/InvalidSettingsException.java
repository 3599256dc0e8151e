package waybill.gateway;

import java.util.List;

/** Settings that a gateway cannot start with. The message names every property that is wrong, and what it should be. */
public final class InvalidSettingsException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    InvalidSettingsException(List<String> problems) {
        super(
                problems.size() == 1
                        ? problems.get(0)
                        : "The gateway's settings have " + problems.size() + " problems:\n- "
                                + String.join("\n- ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence for each problem, beginning with the property's name. */
    public List<String> problems() {
        return problems == null ? List.of() : problems;
    }
}
