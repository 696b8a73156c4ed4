package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/onchain"
)

// settleResult is what settle prints: one attempt each.
type settleResult struct {
	Job     job.ID       `json:"job"`
	Attempt uint32       `json:"attempt"`
	State   string       `json:"state"`          // on-chain, at the end
	Paid    bool         `json:"paid"`           // the pending balance was credited, now or before
	Calls   []settleCall `json:"calls"`          // made by this command
	Until   string       `json:"until,omitzero"` // end of the window that is waited for
}

type settleCall struct {
	Call        string    `json:"call"`
	Transaction wire.Felt `json:"transaction_hash"`
}

func settleCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "settle [JOB_ID]",
		Short: "Make the calls that pay for submitted work, where nobody else makes them",
		Long: "Make the calls that pay for submitted work: bring a certificate that validators have, finalize after the\n" +
			"challenge window, release the payment. Anybody may make them; a coordinator that runs does, and so does a\n" +
			"running worker after its settle-grace. Without a job: for all attempts that wait in this home.\n" +
			"What was done before is not done again. A window that still runs is named, not waited for.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			var id *job.ID
			if len(args) == 1 {
				parsed, err := job.ParseID(args[0])
				if err != nil {
					return cli.Usage("%w", err)
				}
				id = &parsed
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), false, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			results, err := o.settle(cmd, id)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, results, func(w io.Writer) { printSettled(w, results) })
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringSlice("bootstrap", nil, "libp2p peers to ask for certificates, beside the profile's")
	return cmd
}

func (o *opened) settle(cmd *cobra.Command, id *job.ID) ([]settleResult, error) {
	ctx := cmd.Context()
	chain := onchain.NewAttempts(o.sender, o.profile)
	keys, err := o.unsettled(cmd, chain, id)
	if err != nil {
		return nil, err
	}
	peers := &asker{network: o.profile.Name, bootstrap: append(append([]string{}, o.profile.Bootstrap...), o.Bootstrap...), say: cmd.ErrOrStderr()}
	defer peers.Close()
	results := []settleResult{}
	for _, key := range keys {
		made, at, err := executor.BringHome(ctx, chain, peers, key)
		r := settleResult{Job: key.Job, Attempt: key.Attempt, State: at.State.String(), Paid: at.Released, Calls: []settleCall{}}
		for _, m := range made {
			r.Calls = append(r.Calls, settleCall{string(m.Move), wire.Felt(m.Transaction)})
		}
		if at.Deadline > 0 {
			r.Until = time.Unix(int64(at.Deadline), 0).UTC().Format(time.RFC3339)
		}
		results = append(results, r)
		if err != nil {
			printSettled(cmd.ErrOrStderr(), results)
			return nil, fmt.Errorf("attempt %s: %w", key, err)
		}
	}
	return results, nil
}

// unsettled lists the attempts that the command is about: of one job, as the chain has them, or all that
// this home's records say were submitted and have not ended.
func (o *opened) unsettled(cmd *cobra.Command, chain *onchain.Attempts, id *job.ID) ([]executor.Key, error) {
	if id != nil {
		keys, err := chain.Mine(cmd.Context(), *id)
		if err == nil && len(keys) == 0 {
			return nil, fmt.Errorf("no attempt of job %s was assigned to this worker", id)
		}
		return keys, err
	}
	records, err := journal.Read(filepath.Join(o.folder, "attempts"))
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v\n", err)
	}
	var keys []executor.Key
	for _, r := range records {
		if r.Step == journal.Submitted {
			keys = append(keys, executor.Key{Job: r.Job, Attempt: r.Attempt})
		}
	}
	return keys, nil
}

func printSettled(w io.Writer, results []settleResult) {
	if len(results) == 0 {
		fmt.Fprintln(w, "nothing waits to be settled")
	}
	for _, r := range results {
		for _, c := range r.Calls {
			fmt.Fprintf(w, "%s attempt %d: %s: transaction %s\n", r.Job, r.Attempt, c.Call, c.Transaction)
		}
		state := r.State
		switch {
		case r.Paid:
			state += ", paid; take it with: sage-worker claim"
		case r.Until != "":
			state += ", until " + r.Until
		}
		fmt.Fprintf(w, "%s attempt %d: %s\n", r.Job, r.Attempt, state)
	}
}

// peerCertificates asks the peers of a host.
type peerCertificates struct{ host *p2p.Host }

func (p peerCertificates) Find(ctx context.Context, key executor.Key) ([]wire.Certificate, error) {
	return p.host.FetchCertificates(ctx, key.Job, key.Attempt), nil
}

// asker asks the network's bootstrap peers for certificates, by a host of its own that is started when
// the first one is wanted. Its key is a fresh one: the worker's may be in use by the running daemon.
type asker struct {
	network   string
	bootstrap []string
	say       io.Writer
	host      *p2p.Host
}

// joinTime bounds the wait for bootstrap peers.
const joinTime = 10 * time.Second

func (a *asker) Find(ctx context.Context, key executor.Key) ([]wire.Certificate, error) {
	if a.host == nil {
		node, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			return nil, err
		}
		if a.host, err = p2p.New(p2p.Config{Network: a.network, Key: node}); err != nil {
			return nil, err
		}
		joined := 0
		join, cancel := context.WithTimeout(ctx, joinTime)
		defer cancel()
		answers := make(chan error, len(a.bootstrap))
		for _, address := range a.bootstrap {
			go func() {
				_, err := a.host.Connect(join, address)
				answers <- err
			}()
		}
		var last error
		for range a.bootstrap {
			if err := <-answers; err != nil {
				last = err
			} else {
				joined++
			}
		}
		if joined == 0 {
			fmt.Fprintf(a.say, "warning: no peer could be asked for a certificate (%v); name validators with --bootstrap, or wait: they bring certificates to the chain themselves\n", last)
		}
	}
	return peerCertificates{a.host}.Find(ctx, key)
}

func (a *asker) Close() {
	if a.host != nil {
		_ = a.host.Close()
	}
}
