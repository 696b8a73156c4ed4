package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/client"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
)

// connect makes a client for the coordinator that the settings name: --server, else the one that runs in
// this home, else the network's.
func connect(s settings) (*client.Client, error) {
	folder := filepath.Join(s.Home, role)
	key, err := api.LoadKey(filepath.Join(folder, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Environment(err, "run sage-coordinator start in this SAGE_HOME first; it writes the key")
	}
	if err != nil {
		return nil, err
	}
	return client.New(serverURL(s, folder), key), nil
}

func serverURL(s settings, folder string) string {
	if s.Server != "" {
		return s.Server
	}
	if b, err := os.ReadFile(filepath.Join(folder, addressFile)); err == nil {
		return "http://" + strings.TrimSpace(string(b))
	}
	if p, err := operator.Network(s.Common); err == nil && p.Coordinator != "" {
		return p.Coordinator
	}
	return "http://" + defaultListen
}

// explain adds advice to an error of the client.
func explain(err error) error {
	if errors.Is(err, client.ErrUnreachable) {
		return cli.Environment(err, "start it with sage-coordinator start, or name it with --server")
	}
	return err
}

// withClient runs a command that talks to a coordinator.
func withClient(common cli.Common, run func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := load(cmd, common)
		if err != nil {
			return err
		}
		c, err := connect(s)
		if err != nil {
			return err
		}
		defer c.Close()
		return explain(run(cmd.Context(), cmd, s, c, args))
	}
}

// parseID reads a job's identifier from the command line.
func parseID(text string) (job.ID, error) {
	id, err := job.ParseID(text)
	if err != nil {
		return id, cli.Usage("%w", err)
	}
	return id, nil
}
