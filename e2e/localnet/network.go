package localnet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/wallet"
)

// Name of the network, and of its profile.
const Name = "devnet"

// Password of all wallets that the network makes for itself. It protects nothing: the keys move test
// tokens on a chain that ends with the program.
const Password = "test123"

// Options of a network. The zero value of the optional fields is a good one.
type Options struct {
	// Dir holds homes, logs and the profile. It must be an empty folder.
	Dir string
	// Bin is the folder of the built programs.
	Bin string
	// Validators to seat; 4 if zero.
	Validators int
	// Parameters of the contracts; deploy.Local if nil.
	Parameters *deploy.Parameters
	// Say receives a line for every step; nil drops them.
	Say func(line string)
	// Build the devnet program when it is not found, which takes minutes.
	Build bool
}

// Network is a running local network.
type Network struct {
	Options
	Devnet  *devnet.Devnet
	Profile *profile.Profile
	// Owner governs the contracts and holds the rest of the supply.
	Owner *chain.Sender
	// ValidatorAddresses in the order of their homes.
	ValidatorAddresses []felt.Felt

	chainLog    *os.File
	validators  []*Process
	coordinator *Process
	workers     []*Worker
	listen      string // coordinator's HTTP address
}

// Start brings up the chain with the contracts, and the homes of validators and coordinator. The
// programs themselves are started by StartValidators, StartCoordinator and NewWorker.
func Start(ctx context.Context, o Options) (n *Network, err error) {
	if o.Validators == 0 {
		o.Validators = 4
	}
	if o.Parameters == nil {
		p := deploy.Local()
		o.Parameters = &p
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	n = &Network{Options: o}
	defer func() {
		if err != nil {
			n.Stop()
		}
	}()
	n.chainLog, err = os.OpenFile(filepath.Join(o.Dir, "devnet.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	var log io.Writer = n.chainLog
	if o.Build {
		log = io.MultiWriter(n.chainLog, progress{o.Say})
	}
	if n.Devnet, err = devnet.Start(ctx, devnet.Options{Build: o.Build, Log: log}); err != nil {
		return nil, err
	}
	accounts, err := n.Devnet.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	journal, err := chain.NewFileJournal(filepath.Join(o.Dir, "owner-transactions"))
	if err != nil {
		return nil, err
	}
	n.Owner, err = chain.NewSender(n.Devnet.Client(), chain.SenderConfig{Address: accounts[0].Address, Signer: accounts[0].Key, Journal: journal})
	if err != nil {
		return nil, err
	}
	return n, n.deploy(ctx)
}

// progress passes on whole lines of a build's output.
type progress struct{ say func(string) }

func (p progress) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "build") || strings.HasPrefix(line, "Compiling") || strings.HasPrefix(line, "Installing") {
			p.say(line)
		}
	}
	return len(b), nil
}

func (n *Network) deploy(ctx context.Context) error {
	var seated []deploy.Validator
	var bootstrap []string
	for i := range n.Options.Validators {
		home := n.ValidatorHome(i)
		keys, err := makeWallet(home, "validator", wallet.Account, wallet.Vote)
		if err != nil {
			return err
		}
		sender, err := n.sender(home, "validator", keys)
		if err != nil {
			return err
		}
		seated = append(seated, deploy.Validator{
			Sender: sender, VoteKey: keys.vote, Stake: n.Parameters.MinValidatorStake, Fees: fri(1_000),
		})
		n.ValidatorAddresses = append(n.ValidatorAddresses, keys.address)
		address, err := reservePeer(home, "validator")
		if err != nil {
			return err
		}
		bootstrap = append(bootstrap, address)
	}
	coordinator, err := makeWallet(n.CoordinatorHome(), "coordinator", wallet.Account, wallet.ElGamal)
	if err != nil {
		return err
	}
	address, err := reservePeer(n.CoordinatorHome(), "coordinator")
	if err != nil {
		return err
	}
	bootstrap = append(bootstrap, address)
	if n.listen, err = freeAddress(); err != nil {
		return err
	}
	auditor, err := elgamal.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := n.Devnet.Mint(ctx, n.Owner.Address(), fri(1_000_000)); err != nil {
		return err
	}
	n.Profile, err = deploy.Run(ctx, deploy.Config{
		Name: Name, RPC: n.Devnet.URL(), Owner: n.Owner, Parameters: *n.Parameters, Auditor: auditor,
		Validators: seated, Coordinator: "http://" + n.listen, Faucet: "http://" + n.listen + "/faucet",
		Bootstrap: bootstrap, Log: n.Say,
	})
	if err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	if err := n.Profile.Save(n.ProfilePath()); err != nil {
		return err
	}
	if err := os.WriteFile(n.PasswordFile(), []byte(Password+"\n"), 0o600); err != nil {
		return err
	}
	return n.fund(ctx, coordinator)
}

// fund gives the coordinator fees, SAGE, and a deployed account.
func (n *Network) fund(ctx context.Context, keys keys) error {
	token := bindings.NewSageToken(felt.Felt(n.Profile.Contracts.Token), n.Devnet.Client())
	if _, err := n.Owner.Send(ctx, token.Transfer(keys.address, abi.MustU256(amount.SAGE(100_000)))); err != nil {
		return err
	}
	if err := n.Devnet.Mint(ctx, keys.address, fri(1_000_000)); err != nil {
		return err
	}
	sender, err := n.sender(n.CoordinatorHome(), "coordinator", keys)
	if err != nil {
		return err
	}
	return sender.DeployAccount(ctx, chain.AccountClass)
}

// fri is n STRK in its smallest unit.
func fri(n uint64) *big.Int { return amount.SAGE(n) }

// ValidatorHome is the home folder of validator i.
func (n *Network) ValidatorHome(i int) string {
	return filepath.Join(n.Dir, fmt.Sprintf("validator-%d", i+1))
}

// CoordinatorHome is the home folder of the coordinator, which is also that of the spec's script.
func (n *Network) CoordinatorHome() string { return filepath.Join(n.Dir, "home") }

// ProfilePath is the network's profile.
func (n *Network) ProfilePath() string { return filepath.Join(n.Dir, Name+".json") }

// PasswordFile holds Password.
func (n *Network) PasswordFile() string { return filepath.Join(n.Dir, "password") }

// Environment is what the programs of one home are started with.
func (n *Network) Environment(home string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SAGE_") || strings.HasPrefix(v, "SAGE_TOOLS_DIR=") {
			env = append(env, v)
		}
	}
	return append(env, "SAGE_HOME="+home, "SAGE_NETWORK="+n.ProfilePath(), "SAGE_PASSWORD_FILE="+n.PasswordFile())
}

func (n *Network) program(name string) string { return filepath.Join(n.Bin, name) }

// StartValidators starts all validators and waits until each has joined.
func (n *Network) StartValidators(ctx context.Context) error {
	for i := range n.Options.Validators {
		if err := n.StartValidator(i); err != nil {
			return err
		}
	}
	for i := range n.Options.Validators {
		home := n.ValidatorHome(i)
		err := until(ctx, fmt.Sprintf("validator %d", i+1), n.validators[i], func() (bool, error) {
			_, err := run(ctx, n.Environment(home), nil, n.program("sage-validator"), "status", "--json")
			if _, no := errors.AsType[*CommandError](err); no {
				return false, nil
			}
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// StartValidator starts validator i, also again after it was killed.
func (n *Network) StartValidator(i int) error {
	home := n.ValidatorHome(i)
	listen, err := os.ReadFile(filepath.Join(home, "validator", "listen"))
	if err != nil {
		return err
	}
	p, err := start(fmt.Sprintf("validator-%d", i+1), filepath.Join(n.Dir, fmt.Sprintf("validator-%d.log", i+1)), n.Environment(home),
		n.program("sage-validator"), "start", "--http", "127.0.0.1:0", "--poll", "500ms", "--stagger", "1s", "--listen", string(listen))
	if err != nil {
		return err
	}
	if i < len(n.validators) {
		n.validators[i] = p
	} else {
		n.validators = append(n.validators, p)
	}
	return nil
}

// Validator is the process of validator i.
func (n *Network) Validator(i int) *Process { return n.validators[i] }

// Stop ends everything that the network started, in the order in which it does least harm.
func (n *Network) Stop() error {
	var errs []error
	const grace = 15 * time.Second
	stop := func(p *Process) {
		if p != nil {
			errs = append(errs, p.Stop(grace))
		}
	}
	for _, w := range n.workers {
		stop(w.Process)
	}
	stop(n.coordinator)
	for _, v := range n.validators {
		stop(v)
	}
	if n.Devnet != nil {
		n.Devnet.Stop()
	}
	if n.chainLog != nil {
		errs = append(errs, n.chainLog.Close())
	}
	return errors.Join(errs...)
}

// keys are what the network itself needs of a wallet that it makes.
type keys struct {
	address felt.Felt
	account chain.Signer
	vote    starkhash.PrivateKey
}

// makeWallet makes a wallet in a role's folder.
func makeWallet(home, role string, purposes ...wallet.Purpose) (keys, error) {
	m, err := wallet.NewMnemonic()
	if err != nil {
		return keys{}, err
	}
	dir, err := cli.Home(home).Role(role)
	if err != nil {
		return keys{}, err
	}
	address, err := wallet.Folder(filepath.Join(dir, "wallet")).Create(m, Password, purposes...)
	if err != nil {
		return keys{}, err
	}
	k := keys{address: address}
	if k.account, err = m.Key(wallet.Account); err != nil {
		return keys{}, err
	}
	k.vote, err = m.Key(wallet.Vote)
	return k, err
}

func (n *Network) sender(home, role string, k keys) (*chain.Sender, error) {
	journal, err := chain.NewFileJournal(filepath.Join(home, role, "setup-transactions"))
	if err != nil {
		return nil, err
	}
	return chain.NewSender(n.Devnet.Client(), chain.SenderConfig{Address: k.address, Signer: k.account, Journal: journal})
}

// reservePeer draws a node key and a port for a role, so that its libp2p address is known before it
// runs, and returns the address.
func reservePeer(home, role string) (string, error) {
	dir, err := cli.Home(home).Role(role)
	if err != nil {
		return "", err
	}
	key, err := p2p.LoadOrCreateKey(filepath.Join(dir, "node.key"))
	if err != nil {
		return "", err
	}
	id, err := p2p.PeerID(key.PubKey())
	if err != nil {
		return "", err
	}
	free, err := freeAddress()
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(free)
	if err != nil {
		return "", err
	}
	listen := "/ip4/127.0.0.1/tcp/" + port
	if err := os.WriteFile(filepath.Join(dir, "listen"), []byte(listen), 0o600); err != nil {
		return "", err
	}
	return listen + "/p2p/" + id.String(), nil
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Exports is a shell script that points the programs at this network and at the coordinator's home,
// which the spec's script shares with its worker.
func (n *Network) Exports() string {
	var b strings.Builder
	for _, v := range []string{
		"SAGE_HOME=" + n.CoordinatorHome(), "SAGE_NETWORK=" + n.ProfilePath(), "SAGE_PASSWORD_FILE=" + n.PasswordFile(),
	} {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(&b, "export %s='%s'\n", name, value)
	}
	return b.String()
}

// Watch waits until the context ends, or a program of the network does.
func (n *Network) Watch(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := n.Crashed(); err != nil {
				return err
			}
		}
	}
}
