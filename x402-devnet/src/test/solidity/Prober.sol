// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Something small to create.
contract Created {
  uint256 public number;

  constructor(uint256 first) payable {
    require(first != 13, "Created: unlucky");
    number = first;
  }

  function set(uint256 next) external returns (address) {
    number = next;
    return msg.sender;
  }
}

/// Exercises what the token never does: creation, delegation, static calls, transient storage, precompiles, depth.
contract Prober {
  uint256 public number;
  uint256[] private list;
  bytes private text;

  error Refused(uint256 code, string reason);
  event Probed(uint256 indexed kind, bytes data) anonymous;
  event Made(address indexed made);

  function create(uint256 first) external payable returns (address made) {
    made = address(new Created{value: msg.value}(first));
    emit Made(made);
  }

  function create2(uint256 first, bytes32 salt) external payable returns (address made) {
    made = address(new Created{value: msg.value, salt: salt}(first));
    emit Made(made);
  }

  function createAndSurvive(uint256 first) external returns (bytes memory why) {
    try new Created(first) returns (Created made) {
      emit Made(address(made));
    } catch (bytes memory reason) {
      why = reason;
      emit Probed(1, reason);
    }
  }

  /// Runs the code of another contract on this one's storage.
  function borrow(address code, uint256 next) external returns (uint256) {
    (bool done, bytes memory answer) = code.delegatecall(abi.encodeCall(Created.set, (next)));
    require(done && abi.decode(answer, (address)) == msg.sender, "Prober: borrowed code failed");
    return number;
  }

  /// A write under a static call must fail and cost all the gas it was given.
  function writeStatically(address target) external returns (bool done) {
    (done,) = target.staticcall{gas: 50_000}(abi.encodeCall(Created.set, (7)));
    emit Probed(2, abi.encode(done));
  }

  function refuse(uint256 code) external pure {
    revert Refused(code, "as asked");
  }

  function panic(uint256 by) external pure returns (uint256) {
    return 1 / by;
  }

  function burn() external pure {
    assembly {
      invalid()
    }
  }

  function spin() external view {
    while (gasleft() > 0) {}
  }

  /// Writes, fails inside, and goes on: the inner writes, logs and creations are undone.
  function rollback() external returns (uint256) {
    number = 1;
    try this.writeThenFail() {} catch {}
    return number;
  }

  function writeThenFail() external {
    number = 2;
    emit Made(address(new Created(2)));
    revert("Prober: undone");
  }

  /// Sets, clears and sets again: the gas depends on the value at the start of the transaction.
  function churn(uint256 a, uint256 b, uint256 c) external {
    number = a;
    number = b;
    number = c;
  }

  function transientLock(uint256 value) external returns (uint256 found) {
    assembly {
      tstore(5, value)
      found := tload(5)
    }
    require(found == value, "Prober: transient value lost");
    try this.transientRevert() {} catch {}
    assembly {
      found := tload(5)
    }
  }

  function transientRevert() external {
    assembly {
      tstore(5, 99)
    }
    revert();
  }

  function remember(bytes calldata data, uint256 items) external returns (bytes32) {
    text = data;
    delete list;
    for (uint256 i = 0; i < items; i++) list.push(i * i);
    emit Probed(3, bytes.concat(data, data));
    return keccak256(text);
  }

  function hashes(bytes calldata data) external view returns (bytes32, bytes20, bytes memory) {
    (, bytes memory same) = address(4).staticcall(data);
    return (sha256(data), ripemd160(data), same);
  }

  function power(bytes calldata base, bytes calldata exponent, bytes calldata modulus)
    external
    view
    returns (bytes memory answer)
  {
    bool done;
    (done, answer) = address(5).staticcall(
      abi.encodePacked(base.length, exponent.length, modulus.length, base, exponent, modulus)
    );
    require(done, "Prober: modexp failed");
  }

  /// Calls itself as deep as the gas allows and tells how deep that was.
  function dive() external returns (uint256 depth) {
    try this.dive() returns (uint256 below) {
      depth = below + 1;
    } catch {}
  }

  function pay(address payable to, uint256 value) external payable returns (bool paid) {
    (paid,) = to.call{value: value}("");
  }

  function surroundings()
    external
    payable
    returns (address, address, uint256, uint256, uint256, uint256, bytes32, uint256, bytes memory)
  {
    return (
      msg.sender, tx.origin, msg.value, address(this).balance, block.chainid, block.gaslimit,
      address(this).codehash, msg.sender.code.length, msg.data
    );
  }
}
