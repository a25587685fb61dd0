//! The LoRa channel, and where on a plane the nodes that share it stand.

use super::channel::{Channel, FrameId, Reception, Sending};
use super::scenario::Radio;
use fastrand::Rng;
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};

/// A ZDNS_UPDATE that names its zone by tag and carries a seal.
const FRAME_LEN: u8 = 27;
/// How the level falls with the distance: so many dB when that is ten times as far.
const FALL: f32 = 30.0;

#[derive(Debug)]
pub(super) struct Air {
    pub(super) channel: Channel,
    places: Vec<(f32, f32)>,
    /// The nodes in each square of a grid, whose side is as long as a frame is heard.
    squares: Vec<Vec<u32>>,
    side: usize,
    loss: f64,
}

impl Air {
    pub(super) fn new(radio: &Radio, nodes: u32, bin: u64, rng: &mut Rng) -> Self {
        // As many nodes as the area that a frame reaches has on the average: `neighbours = pi r^2`, one node for each unit.
        let reach = (radio.neighbours.max(1) as f32 / std::f32::consts::PI).sqrt();
        let width = (nodes as f32).sqrt() / reach;
        let side = (width.ceil() as usize).max(1);
        let places: Vec<_> = (0..nodes)
            .map(|_| (rng.f32() * width, rng.f32() * width))
            .collect();
        let mut squares = vec![Vec::new(); side * side];
        for (node, place) in places.iter().enumerate() {
            squares[square(*place, side)].push(node as u32);
        }
        let factor = match radio.spreading_factor {
            7 => SpreadingFactor::Sf7,
            8 => SpreadingFactor::Sf8,
            9 => SpreadingFactor::Sf9,
            10 => SpreadingFactor::Sf10,
            11 => SpreadingFactor::Sf11,
            _ => SpreadingFactor::Sf12,
        };
        let modulation = Modulation::new(factor, Bandwidth::Khz125);
        Self {
            channel: Channel::new(modulation, nodes as usize, bin),
            places,
            squares,
            side,
            loss: radio.loss.0,
        }
    }

    /// A node begins to send, unless it hears another one.
    pub(super) fn begin(&mut self, now: u64, sender: u32) -> Option<Sending> {
        if self.channel.is_busy(sender) {
            return None;
        }
        let (x, y) = self.places[sender as usize];
        let (column, row) = (x as usize, y as usize);
        let around = |at: usize| at.saturating_sub(1)..(at + 2).min(self.side);
        let squares = around(row).flat_map(|row| around(column).map(move |column| (row, column)));
        let nodes = squares.flat_map(|(row, column)| &self.squares[row * self.side + column]);
        let audible = nodes.filter_map(|node| {
            let (other_x, other_y) = self.places[*node as usize];
            let distance = ((x - other_x).powi(2) + (y - other_y).powi(2)).sqrt();
            let level = -100.0 - FALL * distance.max(0.01).log10();
            (distance <= 1.0 && *node != sender).then_some((*node, level as i16))
        });
        self.channel.begin(now, sender, FRAME_LEN, audible)
    }

    /// A frame has ended: who has heard it.
    pub(super) fn end(&mut self, frame: FrameId, rng: &mut Rng) -> Vec<u32> {
        let heard = self.channel.end(frame).into_iter();
        let heard = heard.filter(|(_, reception)| *reception == Reception::Received);
        heard
            .map(|(node, _)| node)
            .filter(|_| rng.f64() >= self.loss)
            .collect()
    }
}

fn square((x, y): (f32, f32), side: usize) -> usize {
    (y as usize).min(side - 1) * side + (x as usize).min(side - 1)
}
