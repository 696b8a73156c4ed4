package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
)

// owner is the role of whoever deploys and governs the contracts.
const owner = "owner"

// ownerWallet is the owner's: its account, and an ElGamal key that may be the first auditor's.
func ownerWallet() operator.Wallet {
	return operator.Wallet{
		Role: owner, Purposes: []wallet.Purpose{wallet.Account, wallet.ElGamal},
		Next: "send STRK for fees to the address, then sage-devnet deploy",
		Load: func(cmd *cobra.Command) (cli.Common, error) {
			defaults, err := cli.CommonDefaults()
			if err != nil {
				return defaults, err
			}
			return cli.Load(defaults, "", false, cmd.Flags())
		},
	}
}

// ownerCommand gives a command of the owner's wallet the flags that are common to all programs.
func ownerCommand(cmd *cobra.Command) *cobra.Command {
	defaults, _ := cli.CommonDefaults()
	cli.AddCommon(cmd.Flags(), defaults)
	return cmd
}

// deployment is what the flags say.
type deployment struct {
	name, rpc, chainID, coordinator string
	bootstrap, allow                []string
	seal, yes                       bool
	auditor                         string // folder of the auditor's wallet; the owner's when empty
	auditorPassword                 string // file
}

// deployCommand puts the contracts on a network. The owner's wallet lies in the home folder's role "owner".
func deployCommand() *cobra.Command {
	var d deployment
	defaults, _ := cli.CommonDefaults()
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Deploy the contracts on a network and write its profile; harmless when repeated",
		Long: "Deploy the contracts on a network and write its profile. Harmless when repeated: each step looks first and does\n" +
			"what is missing, so that a network is set up in several runs: deploy, --allow validators, and when they have\n" +
			"registered --seal. What is left to do is said at the end.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := cli.Load(defaults, "", false, cmd.Flags())
			if err != nil {
				return err
			}
			return d.run(cmd, settings)
		},
	}
	cli.AddCommon(cmd.Flags(), defaults)
	flags := cmd.Flags()
	flags.StringVar(&d.name, "name", "", "name of the network, and of its profile")
	flags.StringVar(&d.rpc, "rpc", "", "URL of a Starknet JSON-RPC node")
	flags.StringVar(&d.chainID, "chain-id", chain.Sepolia, "SN_SEPOLIA or SN_MAIN")
	flags.StringVar(&d.coordinator, "coordinator-url", "", "URL of the network's coordinator, for the profile")
	flags.StringSliceVar(&d.bootstrap, "bootstrap", nil, "multiaddresses of peers that everybody joins by, for the profile")
	flags.StringSliceVar(&d.allow, "allow", nil, "accounts that may register as validators")
	flags.BoolVar(&d.seal, "seal", false, "seal genesis with the validators that have registered; cannot be undone")
	flags.StringVar(&d.auditor, "auditor-wallet", "", "folder with the elgamal.json of the first auditor (default: the owner's own wallet)")
	flags.StringVar(&d.auditorPassword, "auditor-password-file", "", "file with the password of --auditor-wallet, mode 0600 (default: ask)")
	flags.BoolVar(&d.yes, "yes", false, "spend real money on mainnet")
	for _, required := range []string{"name", "rpc"} {
		if err := cmd.MarkFlagRequired(required); err != nil {
			panic(errors.Join(errors.New("sage-devnet: no flag "+required), err))
		}
	}
	return cmd
}

func (d deployment) run(cmd *cobra.Command, settings cli.Common) error {
	ctx, talk := cmd.Context(), cmd.ErrOrStderr()
	parameters := deploy.Testnet()
	if d.chainID == chain.Mainnet {
		if !d.yes {
			return cli.Usage("this spends real money on mainnet; add --yes when you mean it")
		}
		if d.auditor == "" {
			return cli.Usage("on mainnet the auditor is not the owner: give --auditor-wallet")
		}
		parameters = deploy.Mainnet()
	}
	allow, err := addresses(d.allow)
	if err != nil {
		return err
	}
	home := cli.Home(settings.Home)
	folder, err := home.Role(owner)
	if err != nil {
		return err
	}
	keys, err := operator.Open(folder, cli.PasswordSource{File: settings.PasswordFile, In: os.Stdin, Talk: talk}, wallet.ElGamal)
	if errors.Is(err, wallet.ErrNoWallet) {
		return cli.Hint(err, "make the owner's wallet first: sage-devnet create-wallet")
	}
	if err != nil {
		return err
	}
	auditor, err := d.auditorKey(keys, talk)
	if err != nil {
		return err
	}
	client, err := chain.Dial(ctx, d.rpc, d.chainID)
	if err != nil {
		return cli.Environment(err, "check --rpc and --chain-id")
	}
	defer client.Close()
	journal, err := chain.NewFileJournal(filepath.Join(folder, "transactions"))
	if err != nil {
		return err
	}
	sender, err := chain.NewSender(client, chain.SenderConfig{Address: keys.Address, Signer: keys.Account(), Journal: journal})
	if err != nil {
		return err
	}
	if err := sender.DeployAccount(ctx, chain.AccountClass); err != nil {
		return cli.Hint(err, "send STRK for fees to %s first", keys.Address.String())
	}
	path := filepath.Join(home.Networks(), d.name+".json")
	d.keep(path)
	p, err := deploy.Run(ctx, deploy.Config{
		Name: d.name, RPC: d.rpc, Owner: sender, Parameters: parameters, Auditor: auditor,
		Coordinator: d.coordinator, Faucet: faucetOf(d.coordinator, parameters), Bootstrap: d.bootstrap,
		Allow: allow, Seal: d.seal,
		Log: func(line string) { fmt.Fprintln(talk, line) },
	})
	if err != nil {
		return err
	}
	if err := p.Save(path); err != nil {
		return err
	}
	undone, err := deploy.Undone(ctx, client, p)
	if err != nil {
		return err
	}
	for _, line := range undone {
		fmt.Fprintln(talk, "left to do:", line)
	}
	return cli.Result(cmd.OutOrStdout(), settings.JSON, p, func(w io.Writer) { fmt.Fprintln(w, path) })
}

// keep takes what an earlier run wrote into the profile, where the flags say nothing.
func (d *deployment) keep(path string) {
	before, err := profile.Load(path)
	if err != nil || before.ChainID != d.chainID {
		return
	}
	if len(d.bootstrap) == 0 {
		d.bootstrap = before.Bootstrap
	}
	if d.coordinator == "" {
		d.coordinator = before.Coordinator
	}
}

// auditorKey is the key to which amounts are encrypted besides: it is installed once, and later runs find
// it there.
func (d deployment) auditorKey(ofOwner operator.Keys, talk io.Writer) (elgamal.SecretKey, error) {
	if d.auditor == "" {
		fmt.Fprintln(talk, "the owner's ElGamal key becomes the first auditor's, who reads every price; another one: --auditor-wallet")
		return elgamal.NewSecretKey(ofOwner.Of(wallet.ElGamal).Secret())
	}
	password, err := cli.PasswordSource{File: d.auditorPassword, In: os.Stdin, Talk: talk}.Read("Password of the auditor's wallet", false)
	if err != nil {
		return elgamal.SecretKey{}, err
	}
	key, err := wallet.Folder(d.auditor).Open(wallet.ElGamal, password)
	if err != nil {
		return elgamal.SecretKey{}, cli.Hint(err, "--auditor-wallet is a folder with elgamal.json, such as that of a wallet made with --home ELSEWHERE")
	}
	return elgamal.NewSecretKey(key.Secret())
}

// addresses reads accounts from the command line.
func addresses(texts []string) ([]felt.Felt, error) {
	var list []felt.Felt
	for _, text := range texts {
		address, err := wire.ParseFelt(text)
		if err != nil || !starkhash.IsAddress(address) {
			return nil, cli.Usage("%q is no account address", text)
		}
		list = append(list, address)
	}
	return list, nil
}

// faucetOf is where a coordinator on a test network serves the faucet.
func faucetOf(coordinator string, p deploy.Parameters) string {
	if coordinator == "" || p.Faucet == nil {
		return ""
	}
	return coordinator + "/faucet"
}
