// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A contract that owns tokens and signs (ERC-1271): it agrees to what the key of its owner signed, and to nothing else.
contract Wallet {
  address public immutable owner;

  constructor(address signer) {
    owner = signer;
  }

  function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
    if (signature.length != 65) return 0xffffffff;
    address found = ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
    return found != address(0) && found == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
  }
}

/// Deploys wallets at addresses that are known before, so that one can be paid into, and sign, before it is there (ERC-6492).
contract WalletFactory {
  function walletOf(address owner, bytes32 salt) public view returns (address) {
    bytes32 code = keccak256(abi.encodePacked(type(Wallet).creationCode, abi.encode(owner)));
    return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
  }

  /// The wallet of `owner`, deployed unless it is there already.
  function deploy(address owner, bytes32 salt) external returns (address wallet) {
    wallet = walletOf(owner, salt);
    if (wallet.code.length == 0) new Wallet{salt: salt}(owner);
  }
}
