package waybill.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** What others than its owner may do with a file. A file system without POSIX permissions says nothing and passes. */
final class OthersAccess {

    static final Set<PosixFilePermission> WRITE =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    static final Set<PosixFilePermission> READ_OR_WRITE = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private OthersAccess() {}

    /**
     * Refuses a file that others have any of {@code forbidden} on.
     *
     * @param what the file is, for the message
     * @param remedy the command that mends it, without the file
     */
    static void refuse(String what, Path file, Set<PosixFilePermission> forbidden, String remedy) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) return;
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (permissions.stream().noneMatch(forbidden::contains)) return;
        throw new Failure(
                Exit.WALLET,
                "the %s %s can be %s by others (%s); run: %s %s"
                        .formatted(
                                what,
                                file,
                                forbidden.equals(WRITE) ? "written" : "read or written",
                                PosixFilePermissions.toString(permissions),
                                remedy,
                                file));
    }
}
