package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/validator"
)

func statusCommand(common cli.Common) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show what the running validator is doing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			status, err := ask(cmd.Context(), whereServed(cmd, s))
			if err != nil {
				return cli.Environment(err, "is the validator running? start it with: sage-validator start")
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, status, func(w io.Writer) { printStatus(w, status) })
		},
	}
}

// whereServed is the address that the running validator announced, unless the user names one.
func whereServed(cmd *cobra.Command, s settings) string {
	if !cmd.Flags().Changed("http") {
		if b, err := os.ReadFile(filepath.Join(s.Home, role, addressFile)); err == nil {
			return strings.TrimSpace(string(b))
		}
	}
	return s.HTTP
}

func ask(ctx context.Context, address string) (validator.Status, error) {
	var status validator.Status
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/status", nil)
	if err != nil {
		return status, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return status, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return status, fmt.Errorf("%s answered %s", address, answer.Status)
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, 4<<20)).Decode(&status)
	return status, err
}

func printStatus(w io.Writer, s validator.Status) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintf(t, "network\t%s\n", s.Network)
	fmt.Fprintf(t, "validator\t%s\n", s.Address)
	fmt.Fprintf(t, "vote key\t%s\n", s.VoteKey)
	fmt.Fprintf(t, "epoch\t%d (votes: %t)\n", s.Epoch, s.Member)
	fmt.Fprintf(t, "peers\t%d\n", s.Peers)
	for _, address := range s.Addresses {
		fmt.Fprintf(t, "listens on\t%s\n", address)
	}
	fmt.Fprintf(t, "votes recorded\t%d\n", s.Votes)
	fmt.Fprintf(t, "certificates submitted\t%d\n", s.Submitted)
	if s.Chain != "" {
		fmt.Fprintf(t, "chain\t%s\n", s.Chain)
	}
	for _, u := range s.Upgrades {
		fmt.Fprintf(t, "upgrade\t%s\n", u)
	}
	for _, c := range s.Contests {
		verdict := "judging"
		if c.Finding.Verdict.Known() {
			verdict = c.Finding.Verdict.String()
		}
		fmt.Fprintf(t, "job %s/%d\tround %d, %s", c.Job, c.Attempt, c.Round, verdict)
		if c.Certified != "" {
			fmt.Fprintf(t, ", certified %s", c.Certified)
		}
		if c.Fault != "" {
			fmt.Fprintf(t, ", fault: %s", c.Fault)
		}
		fmt.Fprintln(t)
	}
}
