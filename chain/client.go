package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	rpcclient "github.com/NethermindEth/starknet.go/client"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// Chain ids of Starknet.
const (
	Mainnet = "SN_MAIN"
	Sepolia = "SN_SEPOLIA"
)

// Client reads from a Starknet node. It is safe for concurrent use.
type Client struct {
	rpc     *rpcclient.Client
	url     string
	chainID string
}

// The client is the reader of bindings, at the latest block accepted on L2.
var _ abi.Reader = (*Client)(nil)

// dialTimeout bounds the first answer of a node, so that a dead URL is told soon.
const dialTimeout = 20 * time.Second

// Dial connects to the node at an HTTP URL and checks that it serves the chain with this id, such as SN_SEPOLIA; an empty
// id takes any. It fails with ErrUnreachable or ErrWrongChain.
func Dial(ctx context.Context, rpcURL, chainID string) (*Client, error) {
	u, err := url.Parse(rpcURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%w: the RPC URL is no http or https URL with a host", ErrUnreachable) // it may hold a key: not shown
	}
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, fmt.Errorf("%w within %s", ErrUnreachable, dialTimeout))
	defer cancel()
	rpc, err := rpcclient.DialContext(ctx, rpcURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, redactURL(u), withoutURL(err))
	}
	c := &Client{rpc: rpc, url: redactURL(u)}
	var id felt.Felt
	if err := c.Raw(ctx, "starknet_chainId", nil, &id); err != nil {
		rpc.Close()
		return nil, fmt.Errorf("ask %s for its chain: %w", c.url, err)
	}
	if c.chainID, err = starkhash.ParseShortString(id); err != nil {
		rpc.Close()
		return nil, fmt.Errorf("%w: chain id %s", ErrMalformed, id.String())
	}
	if chainID != "" && c.chainID != chainID {
		rpc.Close()
		return nil, fmt.Errorf("%w: %s serves %s, the network profile says %s: check the profile's RPC URL", ErrWrongChain, c.url, c.chainID, chainID)
	}
	return c, nil
}

// redactURL drops what may hold an API key: user, path and query.
func redactURL(u *url.URL) string { return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String() }

// withoutURL takes a request's URL out of the error of a transport.
func withoutURL(err error) error {
	if located, ok := errors.AsType[*url.Error](err); ok {
		return located.Err
	}
	return err
}

// Close releases the connection.
func (c *Client) Close() { c.rpc.Close() }

// ChainID returns the chain's id as text, such as SN_SEPOLIA.
func (c *Client) ChainID() string { return c.chainID }

// ChainIDFelt returns the chain's id as it enters hashes.
func (c *Client) ChainIDFelt() felt.Felt { return starkhash.MustShortString(c.chainID) }

// Raw calls a JSON-RPC method with named parameters, which nodes of all versions of the specification take, and decodes
// the answer into result (nil: ignore it).
func (c *Client) Raw(ctx context.Context, method string, params map[string]any, result any) error {
	if params == nil {
		params = map[string]any{}
	}
	var raw json.RawMessage
	if err := c.rpc.CallContext(ctx, &raw, method, params); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", method, context.Cause(ctx))
		}
		return rpcError(method, err)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrMalformed, method, err)
	}
	return nil
}

// Call implements abi.Reader at the latest block accepted on L2.
func (c *Client) Call(ctx context.Context, call abi.Call) ([]felt.Felt, error) {
	return c.callAt(ctx, call, latest)
}

// At returns a reader of the state after block number.
func (c *Client) At(number uint64) abi.Reader { return readerAt{c, blockNumber(number)} }

type readerAt struct {
	client *Client
	block  any
}

func (r readerAt) Call(ctx context.Context, call abi.Call) ([]felt.Felt, error) {
	return r.client.callAt(ctx, call, r.block)
}

func (c *Client) callAt(ctx context.Context, call abi.Call, block any) ([]felt.Felt, error) {
	selector := call.Selector()
	calldata := call.Calldata
	if calldata == nil {
		calldata = []felt.Felt{}
	}
	var out []felt.Felt
	err := c.Raw(ctx, "starknet_call", map[string]any{
		"request": map[string]any{
			"contract_address":     call.To.String(),
			"entry_point_selector": selector.String(),
			"calldata":             hexFelts(calldata),
		},
		"block_id": block,
	}, &out)
	if rpc, ok := err.(*RPCError); ok && rpc.Code == codeContractNotFound {
		return nil, fmt.Errorf("%w: no contract at %s: is the network profile the right one?", ErrNotFound, call.To.String())
	}
	return out, err
}

// Block ids of the JSON-RPC specification.
const (
	latest       = "latest"
	preConfirmed = "pre_confirmed"
	l1Accepted   = "l1_accepted"
)

func blockNumber(n uint64) any { return map[string]any{"block_number": n} }

func hexFelts(felts []felt.Felt) []string {
	out := make([]string, len(felts))
	for i := range felts {
		out[i] = felts[i].String()
	}
	return out
}

// Nonce returns the number of transactions that the account has had accepted on L2.
func (c *Client) Nonce(ctx context.Context, account felt.Felt) (uint64, error) {
	return c.nonceAt(ctx, account, latest)
}

func (c *Client) nonceAt(ctx context.Context, account felt.Felt, block any) (uint64, error) {
	var nonce felt.Felt
	err := c.Raw(ctx, "starknet_getNonce", map[string]any{"block_id": block, "contract_address": account.String()}, &nonce)
	if err != nil {
		return 0, err
	}
	return feltUint64(nonce)
}

// ClassHashAt returns the class of the contract at address, or ErrNotFound.
func (c *Client) ClassHashAt(ctx context.Context, address felt.Felt) (felt.Felt, error) {
	var class felt.Felt
	err := c.Raw(ctx, "starknet_getClassHashAt", map[string]any{"block_id": latest, "contract_address": address.String()}, &class)
	return class, err
}

// Deployed says whether there is a contract at address.
func (c *Client) Deployed(ctx context.Context, address felt.Felt) (bool, error) {
	_, err := c.ClassHashAt(ctx, address)
	return exists(err)
}

// Declared says whether the chain knows the class.
func (c *Client) Declared(ctx context.Context, class felt.Felt) (bool, error) {
	return exists(c.Raw(ctx, "starknet_getClass", map[string]any{"block_id": latest, "class_hash": class.String()}, nil))
}

func feltUint64(f felt.Felt) (uint64, error) {
	b := f.Bits()
	if b[1]|b[2]|b[3] != 0 {
		return 0, fmt.Errorf("%w: %s where a number below 2^64 should be", ErrMalformed, f.String())
	}
	return b[0], nil
}

// FeeToken is STRK, in which fees are paid; it has the same address on all networks.
var FeeToken = felt.UnsafeFromString[felt.Felt]("0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d")

// FeeBalance returns how much STRK an account has, in the smallest unit.
func (c *Client) FeeBalance(ctx context.Context, account felt.Felt) (*big.Int, error) {
	var balance abi.U256
	call := abi.Call{To: FeeToken, EntryPoint: "balance_of", Calldata: []felt.Felt{account}}
	err := abi.View(ctx, c, call, func(d *abi.Decoder) { balance = d.U256() })
	return balance.Big(), err
}
