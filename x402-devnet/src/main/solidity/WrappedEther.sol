// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Ether as an ERC-20 token: one for one, handed in by deposit and out by withdraw.
contract WrappedEther {
  string public constant name = "Wrapped Ether";
  string public constant symbol = "WETH";
  uint8 public constant decimals = 18;

  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;

  event Transfer(address indexed from, address indexed to, uint256 value);
  event Approval(address indexed owner, address indexed spender, uint256 value);
  event Deposit(address indexed owner, uint256 value);
  event Withdrawal(address indexed owner, uint256 value);

  receive() external payable {
    deposit();
  }

  function deposit() public payable {
    balanceOf[msg.sender] += msg.value;
    emit Deposit(msg.sender, msg.value);
  }

  function withdraw(uint256 value) external {
    require(value <= balanceOf[msg.sender], "WETH: withdrawal exceeds balance");
    balanceOf[msg.sender] -= value;
    emit Withdrawal(msg.sender, value);
    (bool paid,) = msg.sender.call{value: value}("");
    require(paid, "WETH: receiver refused the ether");
  }

  function totalSupply() external view returns (uint256) {
    return address(this).balance;
  }

  function approve(address spender, uint256 value) external returns (bool) {
    allowance[msg.sender][spender] = value;
    emit Approval(msg.sender, spender, value);
    return true;
  }

  function transfer(address to, uint256 value) external returns (bool) {
    move(msg.sender, to, value);
    return true;
  }

  function transferFrom(address from, address to, uint256 value) external returns (bool) {
    uint256 allowed = allowance[from][msg.sender];
    require(value <= allowed, "WETH: transfer exceeds allowance");
    if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
    move(from, to, value);
    return true;
  }

  function move(address from, address to, uint256 value) private {
    require(value <= balanceOf[from], "WETH: transfer exceeds balance");
    balanceOf[from] -= value;
    balanceOf[to] += value;
    emit Transfer(from, to, value);
  }
}
