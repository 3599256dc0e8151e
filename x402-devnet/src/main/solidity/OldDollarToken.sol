// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A dollar token with the habits of Ethereum's USDT: its functions answer nothing, an allowance has to be 0 before it is
/// changed, and it knows no signatures. The devnet writes the first balances into storage, so the order of the state
/// variables below is part of the genesis.
contract OldDollarToken {
  string public constant name = "Tether USD";
  string public constant symbol = "USDT";
  uint8 public constant decimals = 6;

  uint256 public totalSupply;
  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;

  event Transfer(address indexed from, address indexed to, uint256 value);
  event Approval(address indexed owner, address indexed spender, uint256 value);

  function transfer(address to, uint256 value) external {
    move(msg.sender, to, value);
  }

  function transferFrom(address from, address to, uint256 value) external {
    uint256 allowed = allowance[from][msg.sender];
    require(value <= allowed);
    if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
    move(from, to, value);
  }

  function approve(address spender, uint256 value) external {
    require(value == 0 || allowance[msg.sender][spender] == 0);
    allowance[msg.sender][spender] = value;
    emit Approval(msg.sender, spender, value);
  }

  function move(address from, address to, uint256 value) private {
    require(value <= balanceOf[from]);
    balanceOf[from] -= value;
    balanceOf[to] += value;
    emit Transfer(from, to, value);
  }
}
