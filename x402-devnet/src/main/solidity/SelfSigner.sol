// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Code that an account with a key of its own can delegate to (EIP-7702): it agrees to what that key signed (ERC-1271).
contract SelfSigner {
  function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
    if (signature.length != 65) return 0xffffffff;
    address found = ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
    return found == address(this) ? this.isValidSignature.selector : bytes4(0xffffffff);
  }
}
