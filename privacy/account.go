package privacy

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
)

// RecoveryBound is the number of units below which a balance without a usable
// hint is found by every call: 2^42 units are about 4,398 SAGE, in some seconds.
// [Account.Recover] finds larger ones.
const RecoveryBound = 1 << 42

// Errors that callers may tell apart with errors.Is.
var (
	// ErrNotRegistered: an address has no private account; register first.
	ErrNotRegistered = errors.New("privacy: no private account")
	// ErrRegistered: the address has a private account already, and a key never changes.
	ErrRegistered = errors.New("privacy: account is registered already")
	// ErrForeignKey: the account on the chain has another public key than ours.
	ErrForeignKey = errors.New("privacy: the account belongs to another key")
	// ErrNothingPending: there is nothing to roll over.
	ErrNothingPending = errors.New("privacy: nothing pending")
	// ErrNoAuditor: no auditor key was installed yet, so nothing can be paid.
	ErrNoAuditor = errors.New("privacy: no auditor key")
	// ErrEscrow: an escrow is not what its event claims, or is not for this account.
	ErrEscrow = errors.New("privacy: escrow does not match")
)

// Router is what an account reads of the PrivacyRouter contract, and the calls
// it builds; [bindings.PrivacyRouter] is one.
type Router interface {
	Address() felt.Felt
	Account(ctx context.Context, owner felt.Felt) (bindings.Account, error)
	Escrow(ctx context.Context, jobID abi.U128, attempt uint32) (bindings.EscrowStatus, felt.Felt, error)
	AuditorEpoch(ctx context.Context) (epoch, previousUntil uint64, err error)
	AuditorKey(ctx context.Context, epoch uint64) (bindings.Point, error)
	TotalUnits(ctx context.Context) (uint64, error)
	DepositFee(ctx context.Context, amount uint64) (uint64, error)

	Register(key bindings.Point, proof bindings.KeyProof) abi.Call
	Deposit(amount, nonce uint64, balanceHint felt.Felt) abi.Call
	Rollover(nonce, credits uint64, balanceHint felt.Felt) abi.Call
	Withdraw(to felt.Felt, amount uint64, withdrawal bindings.Withdrawal) abi.Call
	Ragequit(to felt.Felt, amount uint64, proof bindings.KeyProof) abi.Call
	RotateAuditor(key bindings.Point, proof bindings.KeyProof) abi.Call
}

var _ Router = bindings.PrivacyRouter{}

// Contracts are the deployed contracts that private payments touch.
type Contracts struct {
	ChainID  felt.Felt // short string, as transactions hash it
	Privacy  Router
	Payments bindings.PaymentRouter
	Token    bindings.SageToken
}

// Account is one owner's private account. It holds no state of the chain, writes
// nothing to disk, and may be used concurrently, but see the package comment on
// making calls.
type Account struct {
	contracts Contracts
	address   felt.Felt
	key       elgamal.SecretKey
	solver    *elgamal.Solver

	mu        sync.Mutex
	recovered elgamal.Ciphertext // the balance that Recover found, and its value
	units     uint64
	expected  []uint64
}

// Expect names balances that are tried, where a hint does not open, before anything is searched: what a ledger or
// an earlier recovery says. A wrong one costs a multiplication on the curve.
func (a *Account) Expect(units ...uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expected = append([]uint64{}, units...)
}

// NewAccount returns the private account of the Starknet account at address.
// The solver serves the cases without a hint; accounts may share one.
func NewAccount(contracts Contracts, address felt.Felt, key elgamal.SecretKey, solver *elgamal.Solver) (*Account, error) {
	if key.IsZero() {
		return nil, fmt.Errorf("%w: no secret key", elgamal.ErrKey)
	}
	if solver == nil {
		return nil, errors.New("privacy: an account needs a solver")
	}
	return &Account{contracts: contracts, address: address, key: key, solver: solver}, nil
}

// Address returns the Starknet account's address.
func (a *Account) Address() felt.Felt { return a.address }

// PublicKey returns the key that others encrypt to.
func (a *Account) PublicKey() elgamal.PublicKey { return a.key.Public() }

// State is the decrypted state of an account.
type State struct {
	Nonce   uint64
	Balance uint64 // units
	Pending uint64 // units credited since the last rollover
	Credits uint64 // number of those credits
}

// Registered says whether the address has a private account, under whatever key.
func (a *Account) Registered(ctx context.Context) (bool, error) {
	_, err := a.read(ctx, a.address)
	if errors.Is(err, ErrNotRegistered) {
		return false, nil
	}
	return err == nil, err
}

// State reads and decrypts the account. It fails with ErrNotRegistered,
// ErrForeignKey, or elgamal.ErrNotFound when a value cannot be recovered.
func (a *Account) State(ctx context.Context) (State, error) {
	s, err := a.load(ctx)
	if err != nil {
		return State{}, err
	}
	pending, err := a.pending(ctx, s)
	return State{Nonce: s.ctx.Nonce, Balance: s.balance, Pending: pending, Credits: s.chain.credits}, err
}

// Pending is State without the balance: what can be read of an account whose balance is yet to be recovered.
func (a *Account) Pending(ctx context.Context) (State, error) {
	raw, err := a.own(ctx)
	if err != nil {
		return State{}, err
	}
	pending, err := a.pending(ctx, loaded{chain: raw})
	return State{Nonce: raw.nonce, Pending: pending, Credits: raw.credits}, err
}

// chainAccount is an account as stored, with its points checked.
type chainAccount struct {
	key                  elgamal.PublicKey
	balance              elgamal.Ciphertext
	pendingLo, pendingHi elgamal.Ciphertext
	nonce, credits       uint64
	hint                 elgamal.Hint
}

// loaded is our own account with its balance decrypted.
type loaded struct {
	chain   chainAccount
	ctx     elgamal.Context // of the next call
	balance uint64
}

func (a *Account) read(ctx context.Context, owner felt.Felt) (chainAccount, error) {
	raw, err := a.contracts.Privacy.Account(ctx, owner)
	if err != nil {
		return chainAccount{}, err
	}
	if raw.Key == (bindings.Point{}) {
		return chainAccount{}, fmt.Errorf("%w at %s", ErrNotRegistered, owner.String())
	}
	out := chainAccount{nonce: raw.Nonce, credits: raw.Credits, hint: elgamal.Hint(raw.BalanceHint)}
	if out.key, err = elgamal.NewPublicKey(raw.Key.X, raw.Key.Y); err != nil {
		return chainAccount{}, fmt.Errorf("key of %s: %w", owner.String(), err)
	}
	for _, c := range []struct {
		from bindings.Ciphertext
		to   *elgamal.Ciphertext
	}{{raw.Balance, &out.balance}, {raw.PendingLo, &out.pendingLo}, {raw.PendingHi, &out.pendingHi}} {
		if *c.to, err = ciphertext(c.from); err != nil {
			return chainAccount{}, fmt.Errorf("account %s: %w", owner.String(), err)
		}
	}
	return out, nil
}

// own reads our own account.
func (a *Account) own(ctx context.Context) (chainAccount, error) {
	raw, err := a.read(ctx, a.address)
	if err == nil && !raw.key.Equal(a.key.Public()) {
		err = fmt.Errorf("%w: %s has key %s: is this the right keystore?", ErrForeignKey, a.address.String(), raw.key.Point())
	}
	return raw, err
}

// load reads our own account and decrypts its balance.
func (a *Account) load(ctx context.Context) (loaded, error) {
	raw, err := a.own(ctx)
	if err != nil {
		return loaded{}, err
	}
	s := loaded{chain: raw, ctx: a.context(raw.nonce, raw.balance)}
	s.balance, err = a.open(ctx, s)
	return s, err
}

// open decrypts a balance: empty, by its hint, or by search.
func (a *Account) open(ctx context.Context, s loaded) (uint64, error) {
	if s.chain.balance.Equal(elgamal.Ciphertext{}) {
		return 0, nil
	}
	v, err := elgamal.OpenBalance(a.key, s.ctx, s.chain.hint)
	if !errors.Is(err, elgamal.ErrHint) {
		return v, err
	}
	if v, known := a.expects(s.chain.balance); known {
		return v, nil
	}
	v, err = a.solver.Find(ctx, a.key.Message(s.chain.balance), RecoveryBound)
	if err != nil {
		return 0, fmt.Errorf("balance of %s, whose hint does not open; recover it: %w", a.address.String(), err)
	}
	return v, nil
}

// expects looks for a balance among those that were recovered or named before.
func (a *Account) expects(balance elgamal.Ciphertext) (uint64, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recovered.Equal(balance) {
		return a.units, true
	}
	for _, v := range a.expected {
		if a.key.Check(balance, v) == nil {
			return v, true
		}
	}
	return 0, false
}

// Hinted is the balance by its hint alone; it fails with elgamal.ErrHint where that is not true.
func (a *Account) Hinted(ctx context.Context) (uint64, error) {
	raw, err := a.own(ctx)
	if err != nil || raw.balance.Equal(elgamal.Ciphertext{}) {
		return 0, err
	}
	return elgamal.OpenBalance(a.key, a.context(raw.nonce, raw.balance), raw.hint)
}

// Expected is the balance if it is one of those that [Account.Expect] was given.
func (a *Account) Expected(ctx context.Context) (uint64, bool, error) {
	raw, err := a.own(ctx)
	if err != nil {
		return 0, false, err
	}
	v, ok := a.expects(raw.balance)
	return v, ok, nil
}

// Recover finds the balance whatever its hint says and remembers it, so that the
// calls of this account can be built again; any of them stores a true hint. It
// searches up to all units that the router holds, on all cores, in a time that
// grows with the square root: progress, which may be nil, is told how many steps of
// how many expected ones are done. It ends with ctx's error when ctx does.
func (a *Account) Recover(ctx context.Context, progress func(steps, expected float64)) (uint64, error) {
	raw, err := a.own(ctx)
	if err != nil {
		return 0, err
	}
	s := loaded{chain: raw, ctx: a.context(raw.nonce, raw.balance)}
	v, err := a.open(ctx, s)
	if !errors.Is(err, elgamal.ErrNotFound) {
		return v, err
	}
	total, err := a.contracts.Privacy.TotalUnits(ctx)
	if err != nil {
		return 0, err
	}
	v, err = a.solver.FindWide(ctx, a.key.Message(raw.balance), max(total, total+1), progress)
	if err != nil {
		return 0, fmt.Errorf("balance of %s among %d units: %w", a.address.String(), total, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.recovered, a.units = raw.balance, v
	return v, nil
}

func (a *Account) pending(ctx context.Context, s loaded) (uint64, error) {
	if s.chain.credits == 0 {
		return 0, nil
	}
	v, err := a.solver.Pending(ctx, a.key, s.chain.pendingLo, s.chain.pendingHi, s.chain.credits)
	if err != nil {
		return 0, fmt.Errorf("pending of %s: %w", a.address.String(), err)
	}
	return v, nil
}

// context is what a proof about our account is bound to; epoch 0.
func (a *Account) context(nonce uint64, balance elgamal.Ciphertext) elgamal.Context {
	return elgamal.Context{
		ChainID: a.contracts.ChainID, Contract: a.contracts.Privacy.Address(), Caller: a.address,
		Asset: a.contracts.Token.Address(), Nonce: nonce, Balance: balance,
	}
}
