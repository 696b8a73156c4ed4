package devnet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/internal/toolchain"
)

// Options of a local network; the zero value is a good one.
type Options struct {
	// Seed of the predeployed accounts. The same seed gives the same accounts.
	Seed uint32
	// Accounts predeployed and funded; 10 if zero.
	Accounts int
	// ChainID, SN_SEPOLIA if empty; SN_MAIN is the other.
	ChainID string
	// BlockInterval between blocks made while nothing happens; one second if zero, none at all if negative.
	BlockInterval time.Duration
	// Port of the loopback interface; a free one if zero.
	Port int
	// Build the program when it is not found, which takes minutes; progress goes to Log.
	Build bool
	// Log receives what the program prints; nil drops it.
	Log io.Writer
	// Args are more arguments of the program, such as --dump-path.
	Args []string
}

// Account is a predeployed account.
type Account struct {
	Address felt.Felt
	Key     starkhash.PrivateKey
}

// Devnet is a running local network.
type Devnet struct {
	url      string
	client   *chain.Client
	process  *exec.Cmd
	exited   chan struct{} // closed when the process has ended
	stopTick context.CancelFunc
	ticker   sync.WaitGroup
	stop     sync.Once
}

// ErrStart says that the program did not come up.
var ErrStart = errors.New("devnet: did not start")

var listening = regexp.MustCompile(`listening on (?:http://)?([0-9.]+:[0-9]+)`)

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 5 * time.Second
)

// Start runs a local network until Stop; ctx bounds only the start.
func Start(ctx context.Context, o Options) (*Devnet, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.ChainID == "" {
		o.ChainID = chain.Sepolia
	}
	if o.Accounts == 0 {
		o.Accounts = 10
	}
	if o.BlockInterval == 0 {
		o.BlockInterval = time.Second
	}
	find := toolchain.Find
	if o.Build {
		find = func(ctx context.Context, t toolchain.Tool) (string, error) { return toolchain.Ensure(ctx, t, o.Log) }
	}
	program, err := find(ctx, toolchain.Devnet)
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"--seed", strconv.FormatUint(uint64(o.Seed), 10), "--accounts", strconv.Itoa(o.Accounts),
		"--host", "127.0.0.1", "--port", strconv.Itoa(o.Port), "--chain-id", cliChain(o.ChainID),
		"--block-generation-on", "transaction", "--state-archive-capacity", "full",
	}, o.Args...)
	d := &Devnet{process: exec.Command(program, args...), exited: make(chan struct{}), stopTick: func() {}}
	address, err := d.run(ctx, o.Log)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrStart, program, err)
	}
	d.url = "http://" + address + "/rpc"
	if d.client, err = d.connect(ctx, o.ChainID); err != nil {
		d.Stop()
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	if o.BlockInterval > 0 {
		tick, cancel := context.WithCancel(context.Background())
		d.stopTick = cancel
		d.ticker.Go(func() { d.tick(tick, o.BlockInterval) })
	}
	return d, nil
}

// cliChain is the program's name of a chain.
func cliChain(id string) string {
	switch id {
	case chain.Mainnet:
		return "MAINNET"
	case chain.Sepolia:
		return "TESTNET"
	}
	return id
}

// run starts the process and returns the address that it says it listens on.
func (d *Devnet) run(ctx context.Context, log io.Writer) (string, error) {
	output, pipe := io.Pipe()
	d.process.Stdout, d.process.Stderr = pipe, pipe
	started := make(chan error, 1)
	go superviseProcess(d.process, started, func() {
		_ = pipe.Close()
		close(d.exited)
	})
	if err := <-started; err != nil {
		return "", err
	}
	address := make(chan string, 1)
	go func() {
		log := forgiving{log}
		lines := bufio.NewScanner(io.TeeReader(output, log))
		lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case address <- m[1]:
				default:
				}
			}
		}
		// A line too long for the scanner must not block the program.
		_, _ = io.Copy(log, output)
	}()
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("it said nothing of a port within %s", startTimeout))
	defer cancel()
	select {
	case a := <-address:
		return a, nil
	case <-d.exited:
		return "", fmt.Errorf("it ended at once: %v (port taken? see its log)", d.process.ProcessState)
	case <-ctx.Done():
		d.Stop()
		return "", context.Cause(ctx)
	}
}

// forgiving goes on when a log cannot be written any more: the program must not block on its output.
type forgiving struct{ log io.Writer }

func (f forgiving) Write(b []byte) (int, error) {
	_, _ = f.log.Write(b)
	return len(b), nil
}

// connect polls until the node answers.
func (d *Devnet) connect(ctx context.Context, chainID string) (*chain.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		c, err := chain.Dial(ctx, d.url, chainID)
		if err == nil || !errors.Is(err, chain.ErrUnreachable) {
			return c, err
		}
		select {
		case <-retry.C:
		case <-d.exited:
			return nil, errors.New("the program ended")
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (d *Devnet) tick(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.exited:
			return
		case <-ticker.C:
			// A failure shows in whatever else is asked of the node; the next tick tries again.
			_ = d.CreateBlock(ctx)
		}
	}
}

// URL returns the node's JSON-RPC URL.
func (d *Devnet) URL() string { return d.url }

// Client returns a client of the node, which Stop closes.
func (d *Devnet) Client() *chain.Client { return d.client }

// Exited is closed when the program has ended, for whatever reason.
func (d *Devnet) Exited() <-chan struct{} { return d.exited }

// Stop ends the network and waits until it has ended. It may be called more than once.
func (d *Devnet) Stop() {
	d.stop.Do(func() {
		d.stopTick()
		d.ticker.Wait()
		if d.client != nil {
			d.client.Close()
		}
		stopProcess(d.process, d.exited, stopTimeout)
	})
}

// CreateBlock makes a block now.
func (d *Devnet) CreateBlock(ctx context.Context) error {
	return d.client.Raw(ctx, "devnet_createBlock", nil, nil)
}

// IncreaseTime moves the clock of the chain forward and makes a block at the new time.
func (d *Devnet) IncreaseTime(ctx context.Context, by time.Duration) error {
	return d.client.Raw(ctx, "devnet_increaseTime", map[string]any{"time": uint64(by / time.Second)}, nil)
}

// Mint gives an address STRK, in its smallest unit, out of nothing.
func (d *Devnet) Mint(ctx context.Context, to felt.Felt, amount *big.Int) error {
	if !amount.IsUint64() && amount.BitLen() > 128 {
		return fmt.Errorf("devnet: mint %s: more than 2^128", amount)
	}
	// The amount is a JSON number of arbitrary size.
	return d.client.Raw(ctx, "devnet_mint", map[string]any{"address": to.String(), "amount": amount, "unit": "FRI"}, nil)
}

// Accounts returns the predeployed accounts, in the order that the seed gives.
func (d *Devnet) Accounts(ctx context.Context) ([]Account, error) {
	var out []struct {
		Address    felt.Felt `json:"address"`
		PrivateKey felt.Felt `json:"private_key"`
	}
	if err := d.client.Raw(ctx, "devnet_getPredeployedAccounts", nil, &out); err != nil {
		return nil, err
	}
	accounts := make([]Account, len(out))
	for i, a := range out {
		secret := a.PrivateKey.Bytes()
		key, err := starkhash.NewPrivateKey(secret[:])
		if err != nil {
			return nil, fmt.Errorf("devnet: account %s: %w", a.Address.String(), err)
		}
		accounts[i] = Account{Address: a.Address, Key: key}
	}
	return accounts, nil
}
