package waybill.testing;

/** A function that a scripted model asks for: its call id, its name, and the arguments as JSON text. */
public record ToolCall(String id, String name, String arguments) {}
