@NullMarked
package waybill.demo;

import org.jspecify.annotations.NullMarked;
