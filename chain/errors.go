package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
	rpcclient "github.com/NethermindEth/starknet.go/client"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	// ErrUnreachable says that the node does not answer: wrong URL, not running, network down.
	ErrUnreachable = errors.New("chain: no answer from the Starknet node")
	// ErrWrongChain says that the node serves another chain than the network profile names.
	ErrWrongChain = errors.New("chain: the node serves another chain")
	// ErrNotFound says that the chain has no such block, transaction, class or contract.
	ErrNotFound = errors.New("chain: not found")
	// ErrReverted says that a contract refused a call; the error in the chain is a *RevertError.
	ErrReverted = errors.New("chain: the contract reverted")
	// ErrInsufficientBalance says that the account cannot pay; the error names what it has and what it needs.
	ErrInsufficientBalance = errors.New("chain: insufficient balance")
	// ErrReread says that state may have changed since the caller looked: an earlier transaction of the account was
	// completed, or another sender used its nonce. Nothing of the call was executed; read the state, then decide again.
	ErrReread = errors.New("chain: the account's state has moved on, read it again")
	// ErrBehind says that the node lacks a block that held a transaction of the account. Nothing was sent; try again.
	ErrBehind = errors.New("chain: the node is behind what this account knows")
	// ErrRejected says that the node refused a transaction before executing it.
	ErrRejected = errors.New("chain: the node rejected the transaction")
	// ErrMalformed says that the node's answer breaks the JSON-RPC specification.
	ErrMalformed = errors.New("chain: malformed answer of the node")
)

// Codes of Starknet's JSON-RPC specification that the package tells apart.
const (
	codeContractNotFound = 20
	codeBlockNotFound    = 24
	codeClassNotFound    = 28
	codeHashNotFound     = 29
	codeContractError    = 40
	codeExecutionError   = 41
	codeClassDeclared    = 51
	codeInvalidNonce     = 52
	codeBalance          = 54
	codeValidation       = 55
	codeDuplicate        = 59
	codeEntryPoint       = 21
	codeUnexpected       = 63
)

// RPCError is an error that the node answered.
type RPCError struct {
	Method  string
	Code    int
	Message string
	// Data is the error's data as JSON, often a tree of frames.
	Data json.RawMessage
}

// Error gives method, code, message and, if there is one, the readable part of the data.
func (e *RPCError) Error() string {
	text := fmt.Sprintf("%s: %s (code %d)", e.Method, e.Message, e.Code)
	if detail := readable(e.Data); detail != "" {
		text += ": " + detail
	}
	return text
}

// Is makes errors.Is see the sentinel that the code stands for.
func (e *RPCError) Is(target error) bool {
	switch e.Code {
	case codeContractNotFound, codeBlockNotFound, codeClassNotFound, codeHashNotFound:
		return target == ErrNotFound
	case codeBalance:
		return target == ErrInsufficientBalance
	}
	return false
}

// RevertError is the refusal of a contract.
type RevertError struct {
	// Reason is the panic text of the contract that gave up, such as "not wired"; several felts are joined by ", ".
	Reason string
	// Trace is all that the node said.
	Trace string
	// Transaction is the hash of the reverted transaction; zero when a call or an estimation was refused, in which
	// case nothing was sent and no fee was paid.
	Transaction felt.Felt
}

// Error gives the reason, and the transaction if there is one.
func (e *RevertError) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = e.Trace
	}
	if e.Transaction.IsZero() {
		return fmt.Sprintf("the contract refused: %s", reason)
	}
	return fmt.Sprintf("transaction %s reverted: %s", e.Transaction.String(), reason)
}

// Unwrap makes errors.Is(err, ErrReverted) true.
func (e *RevertError) Unwrap() error { return ErrReverted }

// Has says whether the contract's panic data holds this short string, such as 'not wired'.
func (e *RevertError) Has(reason string) bool {
	return slices.Contains(strings.Split(e.Reason, ", "), reason)
}

// InsufficientBalanceError names both amounts, in the token's smallest unit.
type InsufficientBalanceError struct {
	Account    felt.Felt
	Token      string
	Have, Need *big.Int
}

// Error names the account and both amounts.
func (e *InsufficientBalanceError) Error() string {
	return fmt.Sprintf("account %s has %s %s, the transaction may cost up to %s %s: fund the account",
		e.Account.String(), amount.Format(e.Have), e.Token, amount.Format(e.Need), e.Token)
}

// Unwrap makes errors.Is(err, ErrInsufficientBalance) true.
func (e *InsufficientBalanceError) Unwrap() error { return ErrInsufficientBalance }

// rpcError turns what the JSON-RPC client returns into the package's errors.
func rpcError(method string, err error) error {
	var coded rpcclient.Error
	if !errors.As(err, &coded) {
		var status rpcclient.HTTPError
		if errors.As(err, &status) {
			return fmt.Errorf("%w: %s: HTTP status %s", ErrUnreachable, method, status.Status)
		}
		return fmt.Errorf("%w: %s: %w", ErrUnreachable, method, withoutURL(err))
	}
	out := &RPCError{Method: method, Code: coded.ErrorCode(), Message: coded.Error()}
	var data rpcclient.DataError
	if errors.As(err, &data) && data.ErrorData() != nil {
		out.Data, _ = json.Marshal(data.ErrorData())
	}
	if out.Code == codeContractError || out.Code == codeExecutionError {
		trace := readable(out.Data)
		return &RevertError{Reason: panicText(trace), Trace: trace}
	}
	return out
}

// readable collects the texts of an error's data, however deep: nodes nest frames of {"error": …} or send one text.
func readable(data json.RawMessage) string {
	var tree any
	if len(data) == 0 || json.Unmarshal(data, &tree) != nil {
		return ""
	}
	var texts []string
	var walk func(any, int)
	walk = func(node any, depth int) {
		if depth > 64 || len(texts) > 64 {
			return
		}
		switch n := node.(type) {
		case string:
			if t := strings.TrimSpace(n); t != "" {
				texts = append(texts, t)
			}
		case []any:
			for _, c := range n {
				walk(c, depth+1)
			}
		case map[string]any:
			for _, key := range []string{"error", "execution_error", "revert_error", "message"} {
				walk(n[key], depth+1)
			}
		}
	}
	walk(tree, 0)
	return strings.Join(texts, " | ")
}

var (
	hexFelt = regexp.MustCompile(`0x[0-9a-fA-F]{1,64}`)
	// reasons is what follows the last failure that a node reports: a list of felts, each perhaps with its text.
	reasons = regexp.MustCompile(`(?s)(?:Failure reason|Execution failed|failure reason)[^0(]*:?\s*(\(?\s*0x[0-9a-fA-F]+.*)`)
)

// wrappers are felts that frames add to the panic data of the frame below.
var wrappers = []string{"ENTRYPOINT_FAILED", "argent/multicall-failed", "ENTRYPOINT_NOT_FOUND"}

// panicText digs the panic data of the innermost contract out of a node's trace: every felt of the last list of felts
// that is a printable short string, but for what the frames around it add.
func panicText(trace string) string {
	list := trace
	if m := reasons.FindStringSubmatch(trace); m != nil {
		list = m[1]
	}
	var texts []string
	for _, hex := range hexFelt.FindAllString(list, 64) {
		f, err := felt.FromString[felt.Felt](hex)
		if err != nil || f.IsZero() {
			continue
		}
		text, err := starkhash.ParseShortString(f)
		if err != nil || !printable(text) || slices.Contains(wrappers, text) || slices.Contains(texts, text) {
			continue
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 && strings.Contains(trace, "ENTRYPOINT_NOT_FOUND") {
		return "ENTRYPOINT_NOT_FOUND"
	}
	return strings.Join(texts, ", ")
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return len(s) > 1
}
