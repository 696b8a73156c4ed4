// Package profile describes networks: where a node of the chain is, where the contracts are, and with which parameters
// jobs run there.
//
// A profile is a JSON file, written by the deploy command, in the folder networks of $SAGE_HOME. Programs choose one with
// --network, or with the environment variable SAGE_NETWORK, by name or by path:
//
//	p, err := profile.Resolve(networkFlag)
//	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
package profile
