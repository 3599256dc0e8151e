// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permit2} from "./Permit2.sol";

interface PermitToken {
  function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
    external;
}

/// What the two proxies that settle x402 payments through Permit2 have in common. Stand-ins with the interface, errors and
/// events of the originals.
abstract contract PaymentProxy {
  struct EIP2612Permit {
    uint256 value;
    uint256 deadline;
    bytes32 r;
    bytes32 s;
    uint8 v;
  }

  Permit2 public constant PERMIT2 = Permit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

  bool private transient entered;

  event Settled();
  event SettledWithPermit();
  event EIP2612PermitFailedWithReason(address indexed token, address indexed owner, string reason);
  event EIP2612PermitFailedWithPanic(address indexed token, address indexed owner, uint256 errorCode);
  event EIP2612PermitFailedWithData(address indexed token, address indexed owner, bytes data);

  error InvalidAmount();
  error InvalidOwner();
  error InvalidDestination();
  error PaymentTooEarly();
  error Permit2612AmountMismatch();
  error ReentrancyGuardReentrantCall();

  modifier once() {
    if (entered) revert ReentrancyGuardReentrantCall();
    entered = true;
    _;
    entered = false;
  }

  function pay(
    Permit2.PermitTransferFrom calldata permit,
    uint256 amount,
    address owner,
    address to,
    uint256 validAfter,
    bytes32 witness,
    string memory witnessTypeString,
    bytes calldata signature
  ) internal {
    if (amount == 0) revert InvalidAmount();
    if (owner == address(0)) revert InvalidOwner();
    if (to == address(0)) revert InvalidDestination();
    if (block.timestamp < validAfter) revert PaymentTooEarly();
    PERMIT2.permitWitnessTransferFrom(
      permit, Permit2.SignatureTransferDetails(to, amount), owner, witness, witnessTypeString, signature
    );
  }

  /// A permit that fails stops nothing: the allowance may be there already.
  function approve(Permit2.PermitTransferFrom calldata permit, address owner, EIP2612Permit calldata approval) internal {
    if (approval.value != permit.permitted.amount) revert Permit2612AmountMismatch();
    address token = permit.permitted.token;
    try PermitToken(token).permit(
      owner, address(PERMIT2), approval.value, approval.deadline, approval.v, approval.r, approval.s
    ) {} catch Error(string memory reason) {
      emit EIP2612PermitFailedWithReason(token, owner, reason);
    } catch Panic(uint256 errorCode) {
      emit EIP2612PermitFailedWithPanic(token, owner, errorCode);
    } catch (bytes memory data) {
      emit EIP2612PermitFailedWithData(token, owner, data);
    }
  }
}
