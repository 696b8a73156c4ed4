package chain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// Signer signs transaction hashes for an account. starkhash.PrivateKey is one.
type Signer interface {
	PublicKey() starkhash.PublicKey
	Sign(hash felt.Felt) (starkhash.Signature, error)
}

// Sender sends transactions from one account, one after the other. It is safe for concurrent use, and with a shared
// journal across processes: each call waits for those before it.
//
// Every transaction is signed and stored in the journal before it is broadcast. When the outcome is unknown, because the
// network or the process failed, the entry stays open, and the next call on the same journal first brings it to an end by
// sending the same bytes. It then fails with ErrReread: the state has moved on, and the caller decides anew.
type Sender struct {
	client   *Client
	address  felt.Felt
	signer   Signer
	journal  Journal
	headroom float64
	patience time.Duration
	sending  func(Entry)
}

// SenderConfig says who sends how.
type SenderConfig struct {
	// Address of the account.
	Address felt.Felt
	// Signer holds the account's key.
	Signer Signer
	// Journal of the account.
	Journal Journal
	// Headroom multiplies the estimated gas and the estimated prices to give the most that is paid; 1.5 if zero. Too
	// little of it makes transactions fail when prices rise; too much asks for a larger balance, but costs nothing.
	Headroom float64
	// Patience is how long to ask on when what a node says is older than what the journal knows, as happens where one
	// address serves several nodes, before the outcome is called unknown; DefaultPatience if zero.
	Patience time.Duration
	// Sending is told of every transaction once it is stored, before it is broadcast; nil tells nobody. It must not
	// block: the account's other transactions wait.
	Sending func(Entry)
}

// NewSender makes a sender. Nothing is asked of the chain yet.
func NewSender(client *Client, c SenderConfig) (*Sender, error) {
	if c.Headroom == 0 {
		c.Headroom = 1.5
	}
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	switch {
	case client == nil || c.Signer == nil || c.Journal == nil:
		return nil, errors.New("chain: a sender needs a client, a signer and a journal")
	case !starkhash.IsAddress(c.Address):
		return nil, fmt.Errorf("chain: %s is no account address", c.Address.String())
	case !(c.Headroom >= 1 && c.Headroom <= 100):
		return nil, fmt.Errorf("chain: a fee head-room of %v; want 1 to 100", c.Headroom)
	}
	return &Sender{client: client, address: c.Address, signer: c.Signer, journal: c.Journal, headroom: c.Headroom, patience: c.Patience, sending: c.Sending}, nil
}

// Address returns the account's address.
func (s *Sender) Address() felt.Felt { return s.address }

// Client returns the client that the sender uses.
func (s *Sender) Client() *Client { return s.client }

// Send executes calls in one transaction, all or none, and waits until a block accepted on L2 holds it.
//
// A refusal by a contract is a *RevertError; with a zero Transaction nothing was sent. When ctx ends during the wait, the
// outcome is unknown and the journal keeps the transaction.
func (s *Sender) Send(ctx context.Context, calls ...abi.Call) (Receipt, error) {
	if len(calls) == 0 {
		return Receipt{}, errors.New("chain: nothing to send")
	}
	receipt, err := s.send(ctx, func(nonce uint64) *transaction { return invoke(s.address, nonce, calls) })
	if err != nil {
		return receipt, fmt.Errorf("send %s: %w", names(calls), err)
	}
	return receipt, nil
}

// Check says whether the calls would be executed now, without sending anything: it fails with a *RevertError when a contract
// would refuse them. The answer is the node's, for the state that it expects next.
func (s *Sender) Check(ctx context.Context, calls ...abi.Call) error {
	nonce, err := s.nonce(ctx)
	if err != nil {
		return err
	}
	if _, err := s.client.estimate(ctx, invoke(s.address, nonce, calls), s.signer, s.headroom); err != nil {
		return fmt.Errorf("check %s: %w", names(calls), err)
	}
	return nil
}

func names(calls []abi.Call) string {
	out := make([]string, len(calls))
	for i, c := range calls {
		out[i] = c.EntryPoint
	}
	return strings.Join(out, ", ")
}

// DeployAccount deploys the account itself, of a class whose constructor takes the public key alone. It does nothing when
// the account exists.
func (s *Sender) DeployAccount(ctx context.Context, class felt.Felt) error {
	key := s.signer.PublicKey().X()
	if want := AccountAddress(class, s.signer.PublicKey()); !want.Equal(&s.address) {
		return fmt.Errorf("chain: the account of this key and class is %s, not %s", want.String(), s.address.String())
	}
	if there, err := s.client.Deployed(ctx, s.address); err != nil || there {
		return err
	}
	_, err := s.send(ctx, func(uint64) *transaction { return deployAccount(s.address, class, key) })
	if errors.Is(err, ErrReread) {
		if there, checkErr := s.client.Deployed(ctx, s.address); checkErr == nil && there {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("deploy account %s: %w", s.address.String(), err)
	}
	return nil
}

// Declare declares a class. It does nothing when the chain knows the class.
func (s *Sender) Declare(ctx context.Context, class Class) error {
	if there, err := s.client.Declared(ctx, class.hash); err != nil || there {
		return err
	}
	_, err := s.send(ctx, func(nonce uint64) *transaction { return declare(s.address, nonce, class) })
	var answer *RPCError
	if errors.As(err, &answer) && answer.Code == codeClassDeclared {
		return nil
	}
	if err != nil {
		return fmt.Errorf("declare class %s: %w", class.hash.String(), err)
	}
	return nil
}

// send makes a transaction for the account's next nonce, and sees it through.
func (s *Sender) send(ctx context.Context, build func(nonce uint64) *transaction) (Receipt, error) {
	unlock, err := s.journal.Lock(ctx)
	if err != nil {
		return Receipt{}, err
	}
	defer unlock()
	done, nonce, err := s.recover(ctx)
	if err != nil {
		return Receipt{}, fmt.Errorf("bring earlier transactions to an end: %w", err)
	}
	if len(done) > 0 {
		return Receipt{}, fmt.Errorf("%w: completed first: %s", ErrReread, done[0].Purpose)
	}
	t := build(nonce)
	most, err := s.estimate(ctx, t)
	if err != nil {
		return Receipt{}, err
	}
	have, err := s.client.FeeBalance(ctx, s.address)
	if err != nil {
		return Receipt{}, err
	}
	if have.Cmp(most) < 0 {
		return Receipt{}, &InsufficientBalanceError{Account: s.address, Token: "STRK", Have: have, Need: most}
	}
	h, err := t.sign(s.client.ChainIDFelt(), s.signer)
	if err != nil {
		return Receipt{}, err
	}
	entry, err := t.entry(h)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.journal.Put(ctx, entry); err != nil {
		return Receipt{}, fmt.Errorf("store the transaction before sending it: %w", err)
	}
	if s.sending != nil {
		s.sending(entry)
	}
	return s.complete(ctx, entry, true)
}

// complete broadcasts an entry, as often as need be, and waits for its receipt; first says that it never was before. It settles the entry in the journal
// unless the outcome stays unknown.
func (s *Sender) complete(ctx context.Context, e Entry, first bool) (Receipt, error) {
	if err := s.broadcast(ctx, e, first); err != nil {
		return Receipt{}, err
	}
	receipt, err := s.client.waitReceipt(ctx, e.Hash, func() error { return s.broadcast(ctx, e, false) })
	if err != nil && !errors.Is(err, ErrReverted) {
		return receipt, err
	}
	if settleErr := s.settle(ctx, e, receipt.BlockNumber); settleErr != nil {
		return receipt, errors.Join(err, settleErr)
	}
	return receipt, err
}

// keepAccepted is the number of accepted entries kept where no L1 block ever settles them.
const keepAccepted = 64

// settle notes that a block holds the entry, and lets the journal forget what can no longer be undone. Declarations are
// forgotten at once: they are large, and whoever deploys checks them anyway.
func (s *Sender) settle(ctx context.Context, e Entry, block uint64) error {
	if e.Method == declareMethod {
		return s.journal.Delete(ctx, e)
	}
	if err := s.journal.Accept(ctx, e, block); err != nil {
		return err
	}
	if e.Nonce%16 != 0 {
		return nil
	}
	final, err := s.client.L1Accepted(ctx)
	if err != nil {
		// No L1 block, or a node that does not know the tag: the newest are kept.
		return s.journal.Prune(ctx, 0, keepAccepted)
	}
	return s.journal.Prune(ctx, final.Number, 1<<20)
}

// broadcast sends the entry's bytes until the node has them. It forgets the entry when the node's answer means that
// it can never be executed.
func (s *Sender) broadcast(ctx context.Context, e Entry, first bool) error {
	retry := time.NewTicker(time.Second)
	defer retry.Stop()
	for {
		err := s.client.Raw(ctx, e.Method, map[string]any{e.Param: e.Transaction}, nil)
		var answer *RPCError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &answer):
			return s.refused(ctx, e, answer, first)
		case !errors.Is(err, ErrUnreachable):
			return err
		}
		first = false // it may have arrived
		select {
		case <-ctx.Done():
			return fmt.Errorf("broadcast transaction %s: %w: %w", e.Hash.String(), context.Cause(ctx), err)
		case <-retry.C:
		}
	}
}

// refused handles a node's error answer to a broadcast. What was never broadcast before was not executed, whatever nodes
// say; of anything else that is believed only when nobody has known it for a while.
func (s *Sender) refused(ctx context.Context, e Entry, answer *RPCError, first bool) error {
	if answer.Code == codeDuplicate {
		return nil
	}
	// An error of the node or behind it, not of the transaction.
	unclear := answer.Code < 0 || answer.Code == codeUnexpected
	var nonce uint64
	var err error
	if known := false; first && !unclear {
		nonce, err = s.nonce(ctx)
	} else if nonce, known, err = s.look(ctx, e); known {
		return nil
	}
	if err != nil {
		return err
	}
	// The last case: a sequencer that is ahead of the node, and has perhaps executed this very transaction, sent before,
	// whose answer was lost. The outcome is unknown.
	if unclear && nonce <= e.Nonce || answer.Code == codeInvalidNonce && nonce == e.Nonce {
		return fmt.Errorf("broadcast transaction %s: %w", e.Hash.String(), answer)
	}
	if err := s.journal.Delete(ctx, e); err != nil {
		return err
	}
	if answer.Code == codeInvalidNonce || nonce > e.Nonce {
		return fmt.Errorf("%w: another transaction used nonce %d", ErrReread, e.Nonce)
	}
	return fmt.Errorf("%w: %w", ErrRejected, answer)
}

// Recover brings transactions that a crash or a lost connection left open to an end, and returns them with their
// outcome. Send does so by itself; a program that starts may do it first, before it looks at the chain.
func (s *Sender) Recover(ctx context.Context) ([]Recovered, error) {
	unlock, err := s.journal.Lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	done, _, err := s.recover(ctx)
	return done, err
}

// Recovered is a transaction that Recover brought to an end.
type Recovered struct {
	Entry
	Receipt Receipt
	// Err is nil when it was executed, a *RevertError when it was reverted, and ErrReread when another transaction used
	// its nonce or the node refused it, so that it can never be executed.
	Err error
}

func (s *Sender) recover(ctx context.Context) (done []Recovered, nonce uint64, err error) {
	if nonce, err = s.nonce(ctx); err != nil {
		return nil, 0, err
	}
	entries, err := s.journal.Open(ctx, nonce)
	if err != nil {
		return nil, 0, err
	}
	if nonce, entries, err = s.believe(ctx, nonce, entries); err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		r := Recovered{Entry: e}
		known := false
		if e.Nonce < nonce {
			if _, known, err = s.look(ctx, e); err != nil {
				return done, nonce, err
			}
		}
		switch {
		case e.Nonce < nonce && !known:
			if err := s.journal.Delete(ctx, e); err != nil {
				return done, nonce, err
			}
			r.Err = fmt.Errorf("%w: another transaction used nonce %d", ErrReread, e.Nonce)
		default:
			// Not executed yet, or undone by a reorganisation of L2: the same bytes again.
			r.Receipt, r.Err = s.complete(ctx, e, false)
			if r.Err != nil && !errors.Is(r.Err, ErrReverted) && !errors.Is(r.Err, ErrReread) && !errors.Is(r.Err, ErrRejected) {
				return done, nonce, r.Err
			}
		}
		done = append(done, r)
	}
	if len(done) > 0 {
		nonce, err = s.nonce(ctx)
	}
	return done, nonce, err
}

// known says whether the node has the transaction, accepted or on its way.
func (c *Client) known(ctx context.Context, hash felt.Felt) (bool, error) {
	var status struct {
		FinalityStatus string `json:"finality_status"`
	}
	err := c.Raw(ctx, "starknet_getTransactionStatus", map[string]any{"transaction_hash": hash.String()}, &status)
	if err == nil && status.FinalityStatus == "REJECTED" {
		return false, nil
	}
	return exists(err)
}
