package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/NethermindEth/starknet.go/account"
	"github.com/NethermindEth/starknet.go/contracts"
	"github.com/NethermindEth/starknet.go/hash"
	"github.com/NethermindEth/starknet.go/rpc"
	"github.com/NethermindEth/starknet.go/utils"

	"github.com/sage-network/sage-node/chain/abi"
)

// transaction is a v3 transaction of any kind while it is made: the parts that estimation and signing change, and how to
// hash and broadcast it.
type transaction struct {
	body          any
	method, param string
	purpose       string
	nonce         uint64

	version   *rpc.TransactionVersion
	bounds    **rpc.ResourceBoundsMapping
	signature *[]*felt.Felt
	hash      func(chainID *felt.Felt) (*felt.Felt, error)
}

func zeroBounds() *rpc.ResourceBoundsMapping {
	zero := rpc.ResourceBounds{MaxAmount: "0x0", MaxPricePerUnit: "0x0"}
	return &rpc.ResourceBoundsMapping{L1Gas: zero, L1DataGas: zero, L2Gas: zero}
}

// invoke makes the transaction that executes calls, all or none, from an account.
func invoke(sender felt.Felt, nonce uint64, calls []abi.Call) *transaction {
	functions := make([]rpc.FunctionCall, len(calls))
	purpose := ""
	for i, c := range calls {
		to, selector := c.To, c.Selector()
		functions[i] = rpc.FunctionCall{ContractAddress: &to, EntryPointSelector: &selector, Calldata: pointers(c.Calldata)}
		if i > 0 {
			purpose += ", "
		}
		purpose += c.String()
	}
	body := utils.BuildInvokeTxn(&sender, felt.NewFromUint64[felt.Felt](nonce), account.FmtCallDataCairo2(functions), zeroBounds(), nil)
	return &transaction{
		body: body, method: "starknet_addInvokeTransaction", param: "invoke_transaction", purpose: purpose, nonce: nonce,
		version: &body.Version, bounds: &body.ResourceBounds, signature: &body.Signature,
		hash: func(id *felt.Felt) (*felt.Felt, error) { return hash.TransactionHashInvokeV3(body, id) },
	}
}

// deployAccount makes the transaction by which the account at address, whose constructor takes the public key alone,
// deploys itself.
func deployAccount(address, class, publicKey felt.Felt) *transaction {
	body := utils.BuildDeployAccountTxn(&felt.Zero, &publicKey, []*felt.Felt{&publicKey}, &class, zeroBounds(), nil)
	return &transaction{
		body: body, method: "starknet_addDeployAccountTransaction", param: "deploy_account_transaction",
		purpose: "deploy the account " + address.String(),
		version: &body.Version, bounds: &body.ResourceBounds, signature: &body.Signature,
		hash: func(id *felt.Felt) (*felt.Felt, error) {
			return hash.TransactionHashDeployAccountV3(body, &address, id)
		},
	}
}

// declare makes the transaction that declares a class.
func declare(sender felt.Felt, nonce uint64, class Class) *transaction {
	body := &rpc.BroadcastDeclareTxnV3{
		Type: rpc.TransactionTypeDeclare, SenderAddress: &sender, CompiledClassHash: &class.compiledHash,
		Version: rpc.TransactionV3, Signature: []*felt.Felt{}, Nonce: felt.NewFromUint64[felt.Felt](nonce),
		ContractClass: class.sierra, ResourceBounds: zeroBounds(), Tip: "0x0",
		PayMasterData: []*felt.Felt{}, AccountDeploymentData: []*felt.Felt{},
		NonceDataMode: rpc.DAModeL1, FeeMode: rpc.DAModeL1,
	}
	return &transaction{
		body: body, method: declareMethod, param: "declare_transaction", nonce: nonce,
		purpose: "declare class " + class.hash.String(),
		version: &body.Version, bounds: &body.ResourceBounds, signature: &body.Signature,
		hash: func(id *felt.Felt) (*felt.Felt, error) { return hash.TransactionHashBroadcastDeclareV3(body, id) },
	}
}

const declareMethod = "starknet_addDeclareTransaction"

// sign sets the signature for the transaction as it is now, and returns its hash.
func (t *transaction) sign(chainID felt.Felt, signer Signer) (felt.Felt, error) {
	h, err := t.hash(&chainID)
	if err != nil {
		return felt.Felt{}, fmt.Errorf("hash the transaction: %w", err)
	}
	sig, err := signer.Sign(*h)
	if err != nil {
		return felt.Felt{}, fmt.Errorf("sign the transaction: %w", err)
	}
	*t.signature = []*felt.Felt{&sig.R, &sig.S}
	return *h, nil
}

// entry returns what is journaled and broadcast.
func (t *transaction) entry(h felt.Felt) (Entry, error) {
	raw, err := json.Marshal(t.body)
	return Entry{Nonce: t.nonce, Hash: h, Method: t.method, Param: t.param, Transaction: raw, Purpose: t.purpose}, err
}

// l2GasLimit is the most L2 gas that a transaction may ask for at Starknet's gateway. Declarations, which are charged by the
// size of the class, are exempt.
const l2GasLimit rpc.U64 = "0x481f2280" // 1,210,000,000

// estimate asks the node for the fee and sets the bounds, headroom times what it says of amounts and of prices. It
// returns the most that the transaction can then cost. A contract that refuses makes it fail with a *RevertError.
func (c *Client) estimate(ctx context.Context, t *transaction, signer Signer, headroom float64) (*big.Int, error) {
	// The version with the query bit makes the signature worthless for anything but an estimation.
	*t.version = rpc.TransactionV3WithQueryBit
	if _, err := t.sign(c.ChainIDFelt(), signer); err != nil {
		return nil, err
	}
	var fees []rpc.FeeEstimation
	err := c.Raw(ctx, "starknet_estimateFee", map[string]any{
		"request": []any{t.body}, "simulation_flags": []string{}, "block_id": preConfirmed,
	}, &fees)
	*t.version = rpc.TransactionV3
	if err != nil {
		return nil, fmt.Errorf("estimate the fee: %w", err)
	}
	if len(fees) != 1 || !complete(fees[0].FeeEstimationCommon) {
		return nil, fmt.Errorf("%w: an incomplete fee estimation", ErrMalformed)
	}
	limits := utils.FeeLimits{
		L1GasPriceLimit: maxU128, L1DataGasPriceLimit: maxU128, L2GasPriceLimit: maxU128,
		L1GasAmountLimit: maxU64, L1DataGasAmountLimit: maxU64, L2GasAmountLimit: l2GasLimit,
	}
	if t.method == declareMethod {
		limits.L2GasAmountLimit = maxU64
	}
	bounds := utils.CustomFeeEstToResBoundsMap(fees[0], headroom, &limits)
	*t.bounds = &bounds
	most, err := utils.ResBoundsMapToOverallFee(&bounds, 1, "0x0")
	if err != nil {
		return nil, fmt.Errorf("%w: fee estimation: %w", ErrMalformed, err)
	}
	return most.BigInt(new(big.Int)), nil
}

const (
	maxU64  rpc.U64  = "0xffffffffffffffff"
	maxU128 rpc.U128 = "0xffffffffffffffffffffffffffffffff"
)

func complete(f rpc.FeeEstimationCommon) bool {
	for _, v := range []*felt.Felt{f.L1GasConsumed, f.L1GasPrice, f.L1DataGasConsumed, f.L1DataGasPrice, f.L2GasConsumed, f.L2GasPrice} {
		if v == nil {
			return false
		}
	}
	return true
}

func pointers(felts []felt.Felt) []*felt.Felt {
	out := make([]*felt.Felt, len(felts))
	for i := range felts {
		out[i] = &felts[i]
	}
	return out
}

// Class is a contract class ready to be declared.
type Class struct {
	sierra             *contracts.ContractClass
	hash, compiledHash felt.Felt
}

// ParseClass reads a class from the compilers' JSON: the Sierra class and its CASM.
func ParseClass(sierra, casm []byte) (Class, error) {
	c := Class{sierra: new(contracts.ContractClass)}
	if err := json.Unmarshal(sierra, c.sierra); err != nil {
		return Class{}, fmt.Errorf("chain: read the Sierra class: %w", err)
	}
	var compiled contracts.CasmClass
	if err := json.Unmarshal(casm, &compiled); err != nil {
		return Class{}, fmt.Errorf("chain: read the CASM class: %w", err)
	}
	compiledHash, err := hash.CompiledClassHashV2(&compiled)
	if err != nil {
		return Class{}, fmt.Errorf("chain: hash the CASM class: %w", err)
	}
	c.hash, c.compiledHash = *hash.ClassHash(c.sierra), *compiledHash
	return c, nil
}

// Hash returns the class hash, by which contracts are deployed.
func (c Class) Hash() felt.Felt { return c.hash }
