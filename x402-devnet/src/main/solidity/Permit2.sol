// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ContractWallet} from "./Signatures.sol";

/// Moves tokens whose owner approved this contract once, each time by a signature that names sum, spender and deadline. A
/// stand-in with the part of Uniswap's Permit2 that payments use: its interface, errors and hashes.
contract Permit2 {
  struct TokenPermissions {
    address token;
    uint256 amount;
  }

  struct PermitTransferFrom {
    TokenPermissions permitted;
    uint256 nonce;
    uint256 deadline;
  }

  struct SignatureTransferDetails {
    address to;
    uint256 requestedAmount;
  }

  error SignatureExpired(uint256 signatureDeadline);
  error InvalidAmount(uint256 maxAmount);
  error InvalidNonce();
  error InvalidSignatureLength();
  error InvalidSignature();
  error InvalidSigner();
  error InvalidContractSignature();

  event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);

  /// 256 nonces a word: a bit is set once its nonce is used or invalidated.
  mapping(address => mapping(uint256 => uint256)) public nonceBitmap;

  /// Computed at each call: the code is placed at its address without a constructor.
  function DOMAIN_SEPARATOR() public view returns (bytes32) {
    return keccak256(
      abi.encode(
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
        keccak256("Permit2"),
        block.chainid,
        address(this)
      )
    );
  }

  function permitWitnessTransferFrom(
    PermitTransferFrom calldata permit,
    SignatureTransferDetails calldata details,
    address owner,
    bytes32 witness,
    string calldata witnessTypeString,
    bytes calldata signature
  ) external {
    if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
    if (details.requestedAmount > permit.permitted.amount) revert InvalidAmount(permit.permitted.amount);
    useNonce(owner, permit.nonce);
    requireSignature(owner, digest(permit, witness, witnessTypeString), signature);
    take(permit.permitted.token, owner, details.to, details.requestedAmount);
  }

  /// Takes back what was signed and not used: the owner marks nonces of one word as used.
  function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
    nonceBitmap[msg.sender][word] |= mask;
    emit UnorderedNonceInvalidation(msg.sender, word, mask);
  }

  function useNonce(address owner, uint256 nonce) private {
    uint256 bit = 1 << (nonce & 0xff);
    uint256 used = nonceBitmap[owner][nonce >> 8];
    if (used & bit != 0) revert InvalidNonce();
    nonceBitmap[owner][nonce >> 8] = used | bit;
  }

  function digest(PermitTransferFrom calldata permit, bytes32 witness, string calldata witnessTypeString)
    private
    view
    returns (bytes32)
  {
    bytes32 typeHash = keccak256(
      abi.encodePacked(
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,",
        witnessTypeString
      )
    );
    bytes32 permitted = keccak256(
      abi.encode(
        keccak256("TokenPermissions(address token,uint256 amount)"), permit.permitted.token, permit.permitted.amount
      )
    );
    bytes32 message =
      keccak256(abi.encode(typeHash, permitted, msg.sender, permit.nonce, permit.deadline, witness));
    return keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), message));
  }

  function requireSignature(address owner, bytes32 message, bytes calldata signature) private view {
    if (owner.code.length > 0) {
      bytes4 answer = ContractWallet(owner).isValidSignature(message, signature);
      if (answer != ContractWallet.isValidSignature.selector) revert InvalidContractSignature();
      return;
    }
    if (signature.length != 65) revert InvalidSignatureLength();
    (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
    address signer = ecrecover(message, uint8(signature[64]), r, s);
    if (signer == address(0)) revert InvalidSignature();
    if (signer != owner) revert InvalidSigner();
  }

  /// Some tokens answer nothing when they succeed.
  function take(address token, address from, address to, uint256 amount) private {
    (bool done, bytes memory answer) =
      token.call(abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, amount));
    require(
      done && (answer.length == 0 ? token.code.length > 0 : abi.decode(answer, (bool))), "TRANSFER_FROM_FAILED"
    );
  }
}
