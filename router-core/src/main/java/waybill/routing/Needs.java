package waybill.routing;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a prompt needs its model to be able to do.
 *
 * @param tools number of tools offered
 * @param toolSchemaCharacters size of their descriptions
 * @param jsonSchema whether the answer must follow a JSON schema
 * @param modalities kinds of content in the prompt; always holds {@link Modality#TEXT}
 * @param images number of images
 */
public record Needs(int tools, int toolSchemaCharacters, boolean jsonSchema, Set<Modality> modalities, int images) {

    /** Text in, text out. */
    public static final Needs TEXT = new Needs(0, 0, false, Set.of(), 0);

    public Needs {
        Features.requireNotNegative(tools, "tools");
        Features.requireNotNegative(toolSchemaCharacters, "toolSchemaCharacters");
        Features.requireNotNegative(images, "images");
        EnumSet<Modality> all = EnumSet.of(Modality.TEXT);
        all.addAll(modalities);
        modalities = Set.copyOf(all);
    }

    /** The same with this many tools, described in this many characters. */
    public Needs withTools(int count, int schemaCharacters) {
        return new Needs(count, schemaCharacters, jsonSchema, modalities, images);
    }

    /** The same with an answer that must follow a JSON schema. */
    public Needs withJsonSchema() {
        return new Needs(tools, toolSchemaCharacters, true, modalities, images);
    }

    /** The same with these kinds of content besides text. */
    public Needs withModalities(Modality... kinds) {
        return new Needs(tools, toolSchemaCharacters, jsonSchema, Set.of(kinds), images);
    }
}
