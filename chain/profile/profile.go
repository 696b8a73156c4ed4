package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Version of the file format.
const Version = 1

var (
	// ErrNotFound says that there is no profile of the name.
	ErrNotFound = errors.New("profile: no such network")
	// ErrInvalid says that a profile cannot be used; the error names the field and what it should hold.
	ErrInvalid = errors.New("profile: invalid")
)

// Profile is a network.
type Profile struct {
	// Version of the format, 1.
	Version int `json:"version"`
	// Name of the network, as the user chooses it.
	Name string `json:"name"`
	// RPC is the URL of a Starknet JSON-RPC node. SAGE_RPC_URL overrides it. It may hold an API key: never log it.
	RPC string `json:"rpc_url"`
	// ChainID of Starknet, such as SN_SEPOLIA.
	ChainID string `json:"chain_id"`
	// Contracts are the addresses of the project's contracts.
	Contracts Contracts `json:"contracts"`
	// Classes are the class hashes that the contracts were deployed with, by name.
	Classes map[string]wire.Felt `json:"classes,omitempty"`
	// AccountClass is the class of accounts that wallets deploy.
	AccountClass wire.Felt `json:"account_class"`
	// FromBlock is the block at which the first contract was deployed: events begin there.
	FromBlock uint64 `json:"from_block"`
	// Bootstrap are multiaddresses of libp2p peers to join by.
	Bootstrap []string `json:"bootstrap_peers,omitempty"`
	// Coordinator is the URL of the default coordinator.
	Coordinator string `json:"coordinator_url,omitempty"`
	// Faucet is the URL at which test tokens are asked for; empty on mainnet.
	Faucet string `json:"faucet_url,omitempty"`
	// Windows are the defaults for new jobs.
	Windows job.Windows `json:"windows"`
	// EpochLength of the validators, in seconds.
	EpochLength uint64 `json:"epoch_length"`
	// Auditor is the ElGamal key to which amounts are also encrypted; its x is zero where the network has none.
	Auditor Point `json:"auditor"`
	// DefaultPrice of a job, in units of 10^9 wei.
	DefaultPrice uint64 `json:"default_price"`
}

// Point is a point of the STARK curve.
type Point struct {
	X wire.Felt `json:"x"`
	Y wire.Felt `json:"y"`
}

// Contracts are addresses; Faucet is zero on mainnet.
type Contracts struct {
	Token      wire.Felt `json:"token"`
	Faucet     wire.Felt `json:"faucet"`
	Staking    wire.Felt `json:"staking"`
	Validators wire.Felt `json:"validators"`
	Jobs       wire.Felt `json:"jobs"`
	Proofs     wire.Felt `json:"proofs"`
	Payments   wire.Felt `json:"payments"`
	Privacy    wire.Felt `json:"privacy"`
	Reputation wire.Felt `json:"reputation"`
}

// Mainnet says whether real money is at stake. Commands ask before they spend there.
func (p *Profile) Mainnet() bool { return p.ChainID == chain.Mainnet }

// ChainIDFelt returns the chain's id as it enters hashes.
func (p *Profile) ChainIDFelt() felt.Felt { return starkhash.MustShortString(p.ChainID) }

// DefaultPriceWei returns DefaultPrice in wei.
func (p *Profile) DefaultPriceWei() *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(p.DefaultPrice), big.NewInt(1e9))
}

// Validate checks everything that can be checked without the network. The errors are ErrInvalid and name fields as the
// file does.
func (p *Profile) Validate() error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: %s: %s", ErrInvalid, field, fmt.Sprintf(format, args...)))
	}
	if p.Version != Version {
		bad("version", "%d, this program reads %d", p.Version, Version)
	}
	if !nameForm.MatchString(p.Name) {
		bad("name", "%q; want lower-case letters, digits and dashes", p.Name)
	}
	if _, err := starkhash.ShortString(p.ChainID); err != nil || p.ChainID == "" {
		bad("chain_id", "%q; want text such as SN_SEPOLIA", p.ChainID)
	}
	for field, u := range map[string]string{"rpc_url": p.RPC, "coordinator_url": p.Coordinator, "faucet_url": p.Faucet} {
		if u == "" && field != "rpc_url" {
			continue
		}
		if parsed, err := url.Parse(u); err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
			// The URL itself stays out of the error: it may hold an API key.
			bad(field, "not an http or https URL")
		}
	}
	addresses := reflect.ValueOf(p.Contracts)
	seen := map[wire.Felt]string{}
	for i := range addresses.NumField() {
		field := "contracts." + addresses.Type().Field(i).Tag.Get("json")
		address := addresses.Field(i).Interface().(wire.Felt)
		if field == "contracts.faucet" && address.IsZero() {
			continue
		}
		if !starkhash.IsAddress(felt.Felt(address)) {
			bad(field, "%s is no contract address; deploy the contracts first", address.String())
		} else if other, twice := seen[address]; twice {
			bad(field, "%s is the address of %s", address.String(), other)
		}
		seen[address] = field
	}
	if p.Mainnet() && (!p.Contracts.Faucet.IsZero() || p.Faucet != "") {
		bad("faucet", "mainnet has none")
	}
	if p.AccountClass.IsZero() {
		bad("account_class", "missing")
	}
	if p.EpochLength == 0 {
		bad("epoch_length", "want at least one second")
	}
	windows := reflect.ValueOf(p.Windows)
	for i := range windows.NumField() {
		if n := windows.Field(i).Uint(); n == 0 || n > maxWindow {
			bad("windows."+windows.Type().Field(i).Tag.Get("json"), "%d seconds; want 1 to %d", n, maxWindow)
		}
	}
	return errors.Join(errs...)
}

// maxWindow is a year.
const maxWindow = 365 * 24 * 3600

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Home returns the folder of the user's wallets, networks and data: SAGE_HOME, or .sage in the home folder.
func Home() (string, error) {
	if home := os.Getenv("SAGE_HOME"); home != "" {
		return home, nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("profile: no home folder; set SAGE_HOME: %w", err)
	}
	return filepath.Join(user, ".sage"), nil
}

// Path returns the file of a network: the given path when it is one, else networks/<name>.json in Home.
func Path(network string) (string, error) {
	home, err := Home()
	if err != nil {
		return "", err
	}
	return pathIn(home, network)
}

func pathIn(home, network string) (string, error) {
	if strings.ContainsAny(network, `/\`) || strings.HasSuffix(network, ".json") {
		return network, nil
	}
	if !nameForm.MatchString(network) {
		return "", fmt.Errorf("%w: %q; want a name such as sepolia, or the path of a profile", ErrNotFound, network)
	}
	return filepath.Join(home, "networks", network+".json"), nil
}

// Resolve loads the network that the user chose: by the flag, or by SAGE_NETWORK, or devnet. SAGE_RPC_URL replaces the
// profile's node.
func Resolve(flag string) (*Profile, error) {
	network := flag
	if network == "" {
		network = os.Getenv("SAGE_NETWORK")
	}
	if network == "" {
		network = "devnet"
	}
	home, err := Home()
	if err != nil {
		return nil, err
	}
	return ResolveIn(home, network)
}

// ResolveIn loads a network by its name, from the profiles in a home folder, or by the path of its profile.
// SAGE_RPC_URL replaces the profile's node.
func ResolveIn(home, network string) (*Profile, error) {
	path, err := pathIn(home, network)
	if err != nil {
		return nil, err
	}
	p, err := Load(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %q (no file %s): get the network's profile or deploy one; choose with --network or SAGE_NETWORK", ErrNotFound, network, path)
	}
	if err != nil {
		return nil, err
	}
	if node := os.Getenv("SAGE_RPC_URL"); node != "" {
		p.RPC = node
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("SAGE_RPC_URL: %w", err)
		}
	}
	return p, nil
}

// maxFile bounds a profile's size.
const maxFile = 1 << 20

// Load reads and validates a profile. Unknown fields are refused: they are typing errors, or of a newer version.
func Load(path string) (*Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrInvalid, path, maxFile)
	}
	var p Profile
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&p); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, path, err)
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: %s: something follows the profile", ErrInvalid, path)
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &p, nil
}

// Save validates the profile and writes it, readable by its owner alone since the node's URL may hold a key.
func (p *Profile) Save(path string) error {
	if err := p.Validate(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return privatefile.Write(path, append(data, '\n'))
}
