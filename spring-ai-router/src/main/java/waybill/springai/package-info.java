/** The router as a Spring AI chat model. */
@org.jspecify.annotations.NullMarked
package waybill.springai;
