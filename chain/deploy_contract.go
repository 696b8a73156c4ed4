package chain

import (
	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// AccountClass is the class of accounts that wallets deploy: OpenZeppelin's account 1.0.0.
var AccountClass = starkhash.AccountClass

// AccountAddress returns the address of the account of a public key: salt and constructor argument are the key.
func AccountAddress(class felt.Felt, key starkhash.PublicKey) felt.Felt {
	return starkhash.ContractAddress(felt.Felt{}, key.X(), class, key.X())
}

// Deployer is the universal deployer contract, at the same address on all networks.
var Deployer = felt.UnsafeFromString[felt.Felt]("0x041a78e741e5af2fec34b695679bc6891742439f7afb8484ecd7766661ad02bf")

// Deploy builds the call that deploys a contract through the universal deployer, at an address that depends on the
// sending account, so that nobody can take it first.
func Deploy(class, salt felt.Felt, constructor []felt.Felt) abi.Call {
	return abi.Call{To: Deployer, EntryPoint: "deployContract", Calldata: abi.Encode(func(e *abi.Encoder) {
		e.Felt(class)
		e.Felt(salt)
		e.Bool(true)
		abi.EncodeSlice(e, constructor, (*abi.Encoder).Felt)
	})}
}

// DeployedAddress returns where Deploy, sent from the account, puts the contract.
func DeployedAddress(sender, class, salt felt.Felt, constructor []felt.Felt) felt.Felt {
	return starkhash.ContractAddress(Deployer, starkhash.Pedersen(sender, salt), class, constructor...)
}
