// The start of the dashboard, and its error pages.
import { expect, test } from "../support/test.js";

test("a program that cannot be loaded is loaded once more, then the page shows an error", async ({ ada }) => {
  const { page } = ada;
  let loads = 0;
  page.on("request", (request) => (loads += Number(request.isNavigationRequest())));
  await page.route("**/assets/dashboard-*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto(`${ada.origin}/app/sign-in`);
  await expect(page.getByRole("heading", { name: "Deskbell couldn't start" })).toBeVisible();
  expect(loads).toBe(2);
  await page.unroute("**/assets/dashboard-*.wasm");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByLabel("E-mail address")).toBeVisible();
});

test("a browser without WebAssembly shows an error", async ({ ada }) => {
  await ada.page.addInitScript("delete window.WebAssembly");
  await ada.page.goto(`${ada.origin}/app`);
  await expect(ada.page.getByRole("heading", { name: "This browser can't run Deskbell" })).toBeVisible();
});

test("an unknown address shows the page for it", async ({ ada }) => {
  await ada.page.goto(`${ada.origin}/app/nope`);
  await expect(ada.page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await ada.page.getByRole("link", { name: "Open the inbox" }).click();
  await ada.fillSignIn(ada.person.email, ada.person.password);
  await ada.expectLive();
  await expect(ada.page).toHaveURL(`${ada.origin}/app`);
});
