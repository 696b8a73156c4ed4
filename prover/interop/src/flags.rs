//! What both provers and verifiers know of an instance, given by flags.

use stwo::core::fri::FriConfig;
use stwo::core::pcs::PcsConfig;

pub struct Instance {
    pub air: String,
    pub log_rows: u32,
    pub columns: usize,
    pub bits: u32,
    /// Rows, inner size and columns of each product of a batch.
    pub products: Vec<[usize; 3]>,
    pub seed: u64,
    /// Mixed into the transcript before the configuration, unless empty.
    pub words: Vec<u32>,
    /// Zero bits ground for before challenges are drawn; 0 stands for no nonce.
    pub interaction_pow_bits: u32,
    pub config: PcsConfig,
    /// Keep polynomials' coefficients: more memory, other ways to evaluate.
    pub store_coefficients: bool,
}

impl Instance {
    /// Reads `--name value` pairs.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut instance = Instance {
            air: String::new(),
            log_rows: 0,
            columns: 0,
            bits: 0,
            products: vec![],
            seed: 0,
            words: vec![],
            interaction_pow_bits: 0,
            config: PcsConfig {
                pow_bits: 5,
                fri_config: FriConfig {
                    log_blowup_factor: 1,
                    log_last_layer_degree_bound: 0,
                    n_queries: 3,
                    fold_step: 1,
                },
                lifting_log_size: None,
            },
            store_coefficients: false,
        };
        while let Some(flag) = args.next() {
            let value = args.next().ok_or(format!("{flag} needs a value"))?;
            let number = || {
                value
                    .parse::<u32>()
                    .map_err(|e| format!("{flag} {value}: {e}"))
            };
            let fri = &mut instance.config.fri_config;
            match flag.as_str() {
                "--air" => instance.air = value,
                "--log-rows" => instance.log_rows = number()?,
                "--columns" => instance.columns = number()? as usize,
                "--bits" => instance.bits = number()?,
                "--products" => {
                    instance.products = value
                        .split(',')
                        .map(|p| {
                            product(p).ok_or(format!("--products {p}: want rows x inner x columns"))
                        })
                        .collect::<Result<_, _>>()?
                }
                "--seed" => instance.seed = number()?.into(),
                "--words" => {
                    instance.words = value
                        .split(',')
                        .map(|w| w.parse().map_err(|e| format!("--words {w}: {e}")))
                        .collect::<Result<_, _>>()?
                }
                "--interaction-pow" => instance.interaction_pow_bits = number()?,
                "--pow" => instance.config.pow_bits = number()?,
                "--blowup" => fri.log_blowup_factor = number()?,
                "--queries" => fri.n_queries = number()? as usize,
                "--last-layer" => fri.log_last_layer_degree_bound = number()?,
                "--fold-step" => fri.fold_step = number()?,
                "--store-coefficients" => instance.store_coefficients = number()? != 0,
                _ => return Err(format!("no such flag: {flag}")),
            }
        }
        if !(4..=24).contains(&instance.log_rows) {
            return Err(format!("--log-rows {}: want 4 to 24", instance.log_rows));
        }
        Ok(instance)
    }
}

/// Reads 3x7x2.
fn product(text: &str) -> Option<[usize; 3]> {
    let sizes: Option<Vec<usize>> = text.split('x').map(|n| n.parse().ok()).collect();
    sizes?.try_into().ok()
}
