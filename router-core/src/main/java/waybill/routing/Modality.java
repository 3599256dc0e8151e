package waybill.routing;

/** A kind of content that a prompt can hold and a model can read. */
public enum Modality {
    TEXT,
    IMAGE,
    AUDIO,
    VIDEO,
    PDF
}
