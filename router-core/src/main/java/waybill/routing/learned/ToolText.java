package waybill.routing.learned;

import java.util.List;

/**
 * The words by which a tool is offered to a model.
 *
 * @param name its name
 * @param description what it does; empty when not told
 * @param parameters names of its parameters
 */
public record ToolText(String name, String description, List<String> parameters) {

    public ToolText {
        parameters = List.copyOf(parameters);
    }
}
