package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/validator"
	"github.com/sage-network/sage-node/wire"
)

// seatResult is what register and leave print. Amounts are decimal numbers of SAGE.
type seatResult struct {
	Address     wire.Felt `json:"address"`
	Transaction wire.Felt `json:"transaction_hash"`
	VoteKey     wire.Felt `json:"vote_key"`
	Stake       string    `json:"stake"`
	Exiting     string    `json:"exiting"`
	UnlockAt    string    `json:"unlock_at,omitempty"`
	Withdrawn   string    `json:"withdrawn,omitempty"`
}

func registerCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var stake string
	var yes bool
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Stake SAGE and register the vote key, with proof of possession",
		Long: "Deploy the account if need be, stake SAGE and register the vote key, with proof that it is at hand.\n" +
			"Where the registry has an allow-list the contracts' owner must have allowed the address. A vote key can be\n" +
			"registered once, ever: who has left and comes back makes a new wallet.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			wei, err := amount.Parse(stake)
			if err != nil {
				return cli.Usage("--stake: %w", err)
			}
			if wei.Sign() == 0 {
				return cli.Usage("--stake is 0")
			}
			return seat(cmd, common, password, yes, func(m *validator.Membership, k keys) (felt.Felt, *big.Int, error) {
				tx, err := m.Register(cmd.Context(), k.vote, wei)
				return tx, nil, err
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&stake, "stake", "", "SAGE to stake")
	cmd.Flags().BoolVar(&yes, "yes", false, "spend real money on mainnet")
	return cmd
}

func leaveCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var withdraw bool
	cmd := &cobra.Command{
		Use:   "leave",
		Short: "Give the seat up; after the unbonding time, take the stake out",
		Long: "Give the seat up. The stake is locked for the unbonding time, and answers for offences until then; leave\n" +
			"--withdraw takes it out afterwards. Keep the validator running until its epoch's open votes are over.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return seat(cmd, common, password, true, func(m *validator.Membership, _ keys) (felt.Felt, *big.Int, error) {
				if withdraw {
					return m.Withdraw(cmd.Context())
				}
				tx, err := m.Leave(cmd.Context())
				return tx, nil, err
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().BoolVar(&withdraw, "withdraw", false, "take out the stake whose unbonding time is over")
	return cmd
}

// seat opens the account, acts on its seat, and prints what is so afterwards.
func seat(cmd *cobra.Command, common cli.Common, password func(string, io.Writer) cli.PasswordSource, yes bool,
	act func(*validator.Membership, keys) (felt.Felt, *big.Int, error)) error {
	ctx := cmd.Context()
	s, err := load(cmd, common)
	if err != nil {
		return err
	}
	p, err := operator.Network(s.Common)
	if err != nil {
		return err
	}
	if p.Mainnet() && !yes {
		return &cli.Error{Code: cli.ExitUsage, Err: errors.New("this spends real money on mainnet"), Hint: "add --yes when you mean it"}
	}
	folder, err := cli.Home(s.Home).Role(role)
	if err != nil {
		return err
	}
	k, err := openKeys(folder, password(s.PasswordFile, cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	if err != nil {
		return cli.Environment(err, "check rpc_url in the network profile, or set SAGE_RPC_URL")
	}
	defer client.Close()
	journal, err := chain.NewFileJournal(filepath.Join(folder, "transactions"))
	if err != nil {
		return err
	}
	sender, err := chain.NewSender(client, chain.SenderConfig{
		Address: k.address, Signer: k.account, Journal: journal,
		Sending: func(e chain.Entry) {
			fmt.Fprintf(cmd.ErrOrStderr(), "transaction %s: sending: %s\n", e.Hash.String(), e.Purpose)
		},
	})
	if err != nil {
		return err
	}
	if _, err := sender.Recover(ctx); err != nil { // what an earlier command left comes first
		return err
	}
	m := validator.NewMembership(client, sender, felt.Felt(p.Contracts.Validators), felt.Felt(p.Contracts.Token))
	tx, withdrawn, err := act(m, k)
	if err != nil {
		return adviseSeat(err, k.address)
	}
	info, err := m.Info(ctx)
	if err != nil {
		return err
	}
	r := seatResult{
		Address: wire.Felt(k.address), Transaction: wire.Felt(tx), VoteKey: wire.Felt(k.vote.PublicKey().X()),
		Stake: amount.Format(info.Stake.Big()), Exiting: amount.Format(info.Exiting.Big()),
	}
	if info.UnlockAt != 0 {
		r.UnlockAt = time.Unix(int64(info.UnlockAt), 0).UTC().Format(time.RFC3339)
	}
	if withdrawn != nil {
		r.Withdrawn = amount.Format(withdrawn)
	}
	return cli.Result(cmd.OutOrStdout(), s.JSON, r, r.print)
}

func (r seatResult) print(w io.Writer) {
	fmt.Fprintf(w, "%s: transaction %s\n", r.Address, r.Transaction)
	switch {
	case r.Withdrawn != "":
		fmt.Fprintf(w, "%s SAGE paid out\n", r.Withdrawn)
	case r.UnlockAt != "":
		fmt.Fprintf(w, "%s SAGE unlock at %s; then: sage-validator leave --withdraw\n", r.Exiting, r.UnlockAt)
	default:
		fmt.Fprintf(w, "%s SAGE staked, vote key %s; go on with: sage-validator start\n", r.Stake, r.VoteKey)
	}
}

// adviseSeat says what can be done about a refusal.
func adviseSeat(err error, self felt.Felt) error {
	revert, _ := errors.AsType[*chain.RevertError](err)
	switch {
	case errors.Is(err, validator.ErrRegistered):
		return cli.Hint(err, "nothing was sent; go on with: sage-validator start")
	case errors.Is(err, validator.ErrInsufficient), errors.Is(err, chain.ErrInsufficientBalance):
		return cli.Hint(err, "send SAGE for the stake and STRK for fees to %s", self.String())
	case revert != nil && revert.Has("validator not allowed"):
		return cli.Hint(err, "the contracts' owner must allow %s first: sage-devnet deploy … --allow %s", self.String(), self.String())
	case revert != nil && revert.Has("vote key already used"):
		return cli.Hint(err, "a vote key serves one registration: make a new wallet in another --home")
	}
	return err
}
