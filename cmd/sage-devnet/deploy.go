package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wallet"
)

// deployCommand puts the contracts on a network. The owner's wallet lies in the home folder's role
// "owner"; its ElGamal key becomes the auditor's.
func deployCommand() *cobra.Command {
	var name, rpc, chainID, coordinator string
	var yes bool
	defaults, _ := cli.CommonDefaults()
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Deploy the contracts on a network and write its profile; harmless when repeated",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parameters := deploy.Testnet()
			if chainID == chain.Mainnet {
				if !yes {
					return cli.Usage("this spends real money on mainnet; add --yes when you mean it")
				}
				parameters = deploy.Mainnet()
			}
			settings, err := cli.Load(defaults, "", false, cmd.Flags())
			if err != nil {
				return err
			}
			home := cli.Home(settings.Home)
			folder, err := home.Role("owner")
			if err != nil {
				return err
			}
			wallets := wallet.Folder(filepath.Join(folder, "wallet"))
			if _, err := wallets.AccountAddress(); err != nil {
				return cli.Hint(err, "make the owner's wallet first: sage-devnet deploy needs %s with account.json and elgamal.json", wallets)
			}
			password, err := cli.PasswordSource{File: settings.PasswordFile, In: os.Stdin, Talk: cmd.ErrOrStderr()}.Read("Password of the owner's wallet", false)
			if err != nil {
				return err
			}
			account, err := wallets.Open(wallet.Account, password)
			if err != nil {
				return err
			}
			private, err := wallets.Open(wallet.ElGamal, password)
			if err != nil {
				return err
			}
			auditor, err := elgamal.NewSecretKey(private.Secret())
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			client, err := chain.Dial(ctx, rpc, chainID)
			if err != nil {
				return cli.Environment(err, "check --rpc and --chain-id")
			}
			defer client.Close()
			journal, err := chain.NewFileJournal(filepath.Join(folder, "transactions"))
			if err != nil {
				return err
			}
			owner, err := chain.NewSender(client, chain.SenderConfig{Address: wallet.Address(account.PublicKey()), Signer: account, Journal: journal})
			if err != nil {
				return err
			}
			if err := owner.DeployAccount(ctx, chain.AccountClass); err != nil {
				address := owner.Address()
				return cli.Hint(err, "send STRK for fees to %s first", address.String())
			}
			p, err := deploy.Run(ctx, deploy.Config{
				Name: name, RPC: rpc, Owner: owner, Parameters: parameters, Auditor: auditor,
				Coordinator: coordinator, Faucet: faucetOf(coordinator, parameters),
				Log: func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) },
			})
			if err != nil {
				return err
			}
			path := filepath.Join(home.Networks(), name+".json")
			if err := p.Save(path); err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), settings.JSON, p, func(w io.Writer) { fmt.Fprintln(w, path) })
		},
	}
	cli.AddCommon(cmd.Flags(), defaults)
	cmd.Flags().StringVar(&name, "name", "", "name of the network, and of its profile")
	cmd.Flags().StringVar(&rpc, "rpc", "", "URL of a Starknet JSON-RPC node")
	cmd.Flags().StringVar(&chainID, "chain-id", chain.Sepolia, "SN_SEPOLIA or SN_MAIN")
	cmd.Flags().StringVar(&coordinator, "coordinator-url", "", "URL of the network's coordinator")
	cmd.Flags().BoolVar(&yes, "yes", false, "spend real money on mainnet")
	for _, required := range []string{"name", "rpc"} {
		if err := cmd.MarkFlagRequired(required); err != nil {
			panic(errors.Join(errors.New("sage-devnet: no flag "+required), err))
		}
	}
	return cmd
}

// faucetOf is where a coordinator on a test network serves the faucet.
func faucetOf(coordinator string, p deploy.Parameters) string {
	if coordinator == "" || p.Faucet == nil {
		return ""
	}
	return coordinator + "/faucet"
}
