package chain_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/internal/sample"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var local *devnet.Devnet

func TestMain(m *testing.M) {
	var err error
	if local, err = devnet.Start(context.Background(), devnet.Options{Seed: 42, Accounts: 12}); err != nil {
		fmt.Fprintln(os.Stderr, "the tests need a local Starknet:", err)
		os.Exit(1)
	}
	code := m.Run()
	local.Stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// next counts the predeployed accounts that tests have taken: each has its own.
var next struct {
	sync.Mutex
	n int
}

func newSender(t *testing.T, client *chain.Client, journal chain.Journal) *chain.Sender {
	t.Helper()
	accounts, err := local.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next.Lock()
	account := accounts[next.n]
	next.n++
	next.Unlock()
	return senderFor(t, client, journal, account)
}

func senderFor(t *testing.T, client *chain.Client, journal chain.Journal, account devnet.Account) *chain.Sender {
	t.Helper()
	s, err := chain.NewSender(client, chain.SenderConfig{Address: account.Address, Signer: account.Key, Journal: journal, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newJournal(t *testing.T) *chain.FileJournal {
	t.Helper()
	j, err := chain.NewFileJournal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// deploySample declares the sample contract and deploys it with a salt.
func deploySample(t *testing.T, s *chain.Sender, salt uint64) sample.Sample {
	t.Helper()
	ctx := t.Context()
	class, err := chain.ParseClass(sample.Sierra, sample.CASM)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Declare(ctx, class); err != nil {
		t.Fatal(err)
	}
	constructor := sample.SampleConstructor(abi.U256FromUint64(5), felt.One)
	if _, err := s.Send(ctx, chain.Deploy(class.Hash(), starkhash.Uint64(salt), constructor)); err != nil {
		t.Fatal(err)
	}
	address := chain.DeployedAddress(s.Address(), class.Hash(), starkhash.Uint64(salt), constructor)
	if got, err := s.Client().ClassHashAt(ctx, address); err != nil || got != class.Hash() {
		t.Fatalf("class at the computed address: %s, %v", got.String(), err)
	}
	return sample.NewSample(address, s.Client())
}

func TestDeclareDeployInvoke(t *testing.T) {
	ctx := t.Context()
	s := newSender(t, local.Client(), newJournal(t))
	contract := deploySample(t, s, 1)
	// Declaring again does nothing.
	class, _ := chain.ParseClass(sample.Sierra, sample.CASM)
	if err := s.Declare(ctx, class); err != nil {
		t.Errorf("a second declaration: %v", err)
	}
	from, err := s.Client().Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	worker := starkhash.Uint64(0xabc)
	note := starkhash.MustShortString("a note")
	large := abi.U256{0: 1, 31: 2}
	label := strings.Repeat("a label ", 9)
	receipt, err := s.Send(ctx, contract.Set(large, note), contract.EmitAll(worker, large, label))
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Fee.Sign() <= 0 || receipt.L2Gas == 0 || receipt.BlockNumber <= from.Number {
		t.Errorf("receipt %+v", receipt)
	}
	if got, err := contract.Value(ctx); err != nil || got != large {
		t.Errorf("value %v, %v; want %v", got, err, large)
	}
	// The old state is still there to be read.
	old := sample.NewSample(contract.Address(), s.Client().At(from.Number))
	if got, err := old.Value(ctx); err != nil || got.Big().Int64() != 5 {
		t.Errorf("value at block %d: %v, %v; want 5", from.Number, got, err)
	}
	check := func(events []abi.Event) {
		t.Helper()
		if len(events) != 3 {
			t.Fatalf("%d events of the contract, want 3", len(events))
		}
		var decoded []abi.TypedEvent
		for _, e := range events {
			d, err := contract.DecodeEvent(e)
			if err != nil {
				t.Fatal(err)
			}
			if e.TransactionHash != receipt.Hash || e.BlockNumber != receipt.BlockNumber || e.BlockHash != receipt.BlockHash {
				t.Errorf("event %s: at %d in %s", d.EventName(), e.BlockNumber, e.TransactionHash.String())
			}
			decoded = append(decoded, d)
		}
		set, ok0 := decoded[0].(*sample.SampleValueSet)
		paid, ok1 := decoded[1].(*sample.SamplePaid)
		flipped, ok2 := decoded[2].(*sample.SampleFlipped)
		if !ok0 || !ok1 || !ok2 {
			t.Fatalf("events %T, %T, %T", decoded[0], decoded[1], decoded[2])
		}
		if set.Value != large || set.Note != note || paid.Worker != worker || paid.Amount != large || paid.Label != label ||
			len(paid.Hints) != 3 || !flipped.On {
			t.Errorf("events %+v, %+v, %+v", set, paid, flipped)
		}
	}
	var fromReceipt, fromRange []abi.Event
	for _, e := range receipt.Events {
		if e.From == contract.Address() {
			fromReceipt = append(fromReceipt, e)
		}
	}
	check(fromReceipt)
	for e, err := range s.Client().Events(ctx, chain.Filter{Contract: contract.Address(), From: from.Number, To: receipt.BlockNumber + 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		fromRange = append(fromRange, e)
	}
	check(fromRange)
	paid := 0
	for _, err := range s.Client().Events(ctx, chain.Filter{
		Contract: contract.Address(), From: 0, To: receipt.BlockNumber, Keys: [][]felt.Felt{(*sample.SamplePaid)(nil).EventKeys()},
	}) {
		if err != nil {
			t.Fatal(err)
		}
		paid++
	}
	if paid != 1 {
		t.Errorf("%d Paid events, want 1", paid)
	}
}

// Values of every shape go through the contract and come back.
func TestEcho(t *testing.T) {
	ctx := t.Context()
	contract := deploySample(t, newSender(t, local.Client(), newJournal(t)), 1)
	n := uint64(9)
	inner := sample.Inner{ID: abi.U128{0: 0xff, 15: 1}, Label: "thirty-two bytes, one over a word"[:32]}
	inner.Pair.V0, inner.Pair.V1 = 1<<63, starkhash.MustShortString("x")
	for _, want := range []sample.Everything{
		{},
		{
			Small: 255, Medium: 65535, Large: abi.U256{0: 255, 15: 1, 16: 2, 31: 3}, Flag: true,
			Owner: starkhash.Uint64(1), Class: starkhash.Uint64(2), List: []sample.Inner{inner, {}}, Maybe: &n,
			Shape: sample.Shape{Variant: sample.ShapeNamed, Named: inner}, Colour: sample.ColourGreen,
			Matrix: [][]felt.Felt{{}, {felt.One, felt.One}},
		},
		{Shape: sample.Shape{Variant: sample.ShapePair, Pair: abi.Tuple2[uint8, bool]{V0: 7, V1: true}}},
		{Shape: sample.Shape{Variant: sample.ShapeCircle, Circle: 1 << 31}},
	} {
		got, err := contract.Echo(ctx, want)
		if err != nil {
			t.Fatal(err)
		}
		a, b := abi.Encode(got.Encode), abi.Encode(want.Encode)
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("sent %v, came back %v", b, a)
		}
	}
	length, colours, err := contract.EchoSpan(ctx, make([]felt.Felt, 700), []sample.Colour{sample.ColourGreen, sample.ColourRed})
	if err != nil || length != 700 || len(colours) != 2 || colours[0] != sample.ColourGreen {
		t.Errorf("spans: %d, %v, %v", length, colours, err)
	}
	if some, err := contract.Maybe(ctx, true); err != nil || some == nil || some.Label != "seven" {
		t.Errorf("some: %+v, %v", some, err)
	}
	if none, err := contract.Maybe(ctx, false); err != nil || none != nil {
		t.Errorf("none: %+v, %v", none, err)
	}
}

func TestRevertText(t *testing.T) {
	ctx := t.Context()
	s := newSender(t, local.Client(), newJournal(t))
	contract := deploySample(t, s, 1)
	before, err := s.Client().Nonce(ctx, s.Address())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Send(ctx, contract.Fail(3))
	var revert *chain.RevertError
	if !errors.Is(err, chain.ErrReverted) || !errors.As(err, &revert) {
		t.Fatalf("got %v, want a revert", err)
	}
	if revert.Reason != "code is not zero" || !revert.Has("code is not zero") || !revert.Transaction.IsZero() {
		t.Errorf("reason %q, transaction %s; trace %s", revert.Reason, revert.Transaction.String(), revert.Trace)
	}
	if after, err := s.Client().Nonce(ctx, s.Address()); err != nil || after != before {
		t.Errorf("the nonce went from %d to %d (%v) by a call that was refused", before, after, err)
	}
	// A view says the same.
	var none []felt.Felt
	err = abi.View(ctx, s.Client(), contract.Fail(3), func(d *abi.Decoder) { none = append(none, d.Felt()) })
	if !errors.As(err, &revert) || revert.Reason != "code is not zero" {
		t.Errorf("a call: %v", err)
	}
	// A constructor's refusal, two contracts deep.
	class, _ := chain.ParseClass(sample.Sierra, sample.CASM)
	_, err = s.Send(ctx, chain.Deploy(class.Hash(), felt.One, sample.SampleConstructor(abi.U256{}, felt.Felt{})))
	if !errors.As(err, &revert) || !revert.Has("owner is zero") {
		t.Errorf("a constructor: %v", err)
	}
	_, err = s.Send(ctx, abi.Call{To: contract.Address(), EntryPoint: "no_such_thing"})
	if !errors.As(err, &revert) || !strings.Contains(revert.Error(), "ENTRYPOINT_NOT_FOUND") {
		t.Errorf("an unknown entry point: %v", err)
	}
}

func TestWrongChainAndNoNode(t *testing.T) {
	ctx := t.Context()
	if _, err := chain.Dial(ctx, local.URL(), chain.Mainnet); !errors.Is(err, chain.ErrWrongChain) ||
		!strings.Contains(err.Error(), "SN_MAIN") || !strings.Contains(err.Error(), "SN_SEPOLIA") {
		t.Errorf("another chain: %v", err)
	}
	for _, url := range []string{"http://127.0.0.1:1/rpc", "ftp://x", "", "not a url at all\x7f"} {
		if _, err := chain.Dial(ctx, url, ""); !errors.Is(err, chain.ErrUnreachable) {
			t.Errorf("%q: got %v, want ErrUnreachable", url, err)
		}
	}
	if _, err := sample.NewSample(starkhash.Uint64(0xdead), local.Client()).Value(ctx); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("no contract: %v, want ErrNotFound", err)
	}
	if _, err := local.Client().Block(ctx, 1<<40); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("no block: %v, want ErrNotFound", err)
	}
	if _, err := local.Client().Receipt(ctx, felt.One); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("no transaction: %v, want ErrNotFound", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := local.Client().Latest(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

func TestNewAccount(t *testing.T) {
	ctx := t.Context()
	secret := [32]byte{31: 77}
	key, err := starkhash.NewPrivateKey(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	address := chain.AccountAddress(chain.AccountClass, key.PublicKey())
	s := senderFor(t, local.Client(), newJournal(t), devnet.Account{Address: address, Key: key})
	err = s.DeployAccount(ctx, chain.AccountClass)
	var poor *chain.InsufficientBalanceError
	if !errors.As(err, &poor) || !errors.Is(err, chain.ErrInsufficientBalance) || poor.Have.Sign() != 0 || poor.Need.Sign() <= 0 ||
		!strings.Contains(err.Error(), "has 0 STRK") {
		t.Fatalf("without funds: %v", err)
	}
	strk, _ := new(big.Int).SetString("1000000000000000000", 10)
	if err := local.Mint(ctx, address, strk); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time does nothing
		if err := s.DeployAccount(ctx, chain.AccountClass); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Client().Nonce(ctx, address); err != nil || n != 1 {
		t.Errorf("nonce %d, %v; want 1", n, err)
	}
	transfer := abi.Call{To: chain.FeeToken, EntryPoint: "transfer", Calldata: []felt.Felt{felt.One, starkhash.Uint64(5), {}}}
	if _, err := s.Send(ctx, transfer); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Client().FeeBalance(ctx, felt.One); err != nil || got.Int64() != 5 {
		t.Errorf("transferred %v, %v; want 5", got, err)
	}
	if err := s.DeployAccount(ctx, felt.One); err == nil {
		t.Error("another class than the address's deploys")
	}
}

// Many goroutines and two journals on one folder share an account without a lost or refused transaction.
func TestConcurrentSenders(t *testing.T) {
	ctx := t.Context()
	folder := t.TempDir()
	open := func() chain.Journal {
		j, err := chain.NewFileJournal(folder)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	accounts, err := local.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	account := accounts[len(accounts)-1]
	senders := []*chain.Sender{senderFor(t, local.Client(), open(), account), senderFor(t, local.Client(), open(), account)}
	to := starkhash.Uint64(0xc0ffee)
	call := abi.Call{To: chain.FeeToken, EntryPoint: "transfer", Calldata: []felt.Felt{to, felt.One, {}}}
	const n = 8
	errs := make(chan error, n)
	for i := range n {
		go func() {
			_, err := senders[i%2].Send(ctx, call)
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got, err := local.Client().FeeBalance(ctx, to); err != nil || got.Int64() != n {
		t.Errorf("%v transferred, %v; want %d", got, err, n)
	}
	// Who waits for the lock gives up with its context.
	unlock, err := open().Lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := senders[0].Send(short, call); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with the account locked: %v", err)
	}
}
